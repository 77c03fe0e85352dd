package dev.perdure.core.testing;

import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.engine.Engine;
import dev.perdure.core.engine.EngineBuilder;
import dev.perdure.core.engine.EngineEvent;
import dev.perdure.core.engine.PendingApproval;
import dev.perdure.core.engine.Run;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.RunQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * An engine on a store in memory, of which everything happens on the thread that calls this, one thing at a time and in an
 * order that the caller chooses: which of the bodies that ended is reported next, when a signal comes, when time passes.
 *
 * <p>Confined to the thread that made it.
 */
final class Stage implements AutoCloseable {
    /** The id of the run that is explored. */
    static final String RUN = "run";
    /** A run that never is: what is sent to it comes back once all commits before are done. */
    static final String PROBE = "perdure-probe";

    private static final String TIME = "time passes";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration NEVER = Duration.ofDays(36_500);
    private static final Duration LONGEST_WAIT = Duration.ofDays(18_250);

    private enum Phase {
        AWAITED,
        LIVE,
        SUSPENDED,
        OVER
    }

    /** When a run that was suspended goes on by itself, and what its store had of that then. */
    private record Rest(@Nullable Instant wake, @Nullable Long stored) {}

    private final Setup setup;
    private final Tape tape;
    private final VirtualClock clock;
    private final Cast cast;
    private final Map<String, Phase> phases = new ConcurrentHashMap<>();
    private final Map<String, Rest> rests = new ConcurrentHashMap<>();
    private final Set<Integer> sent = new HashSet<>();
    private final Engine engine;
    private int skipped;
    private int commitsBefore;
    private volatile boolean isDead;

    /**
     * What stages have in common.
     *
     * @param isTimeFree whether time may pass while bodies are held
     */
    record Setup(List<Workflow<?, ?>> workflows, Script script, Bodies bodies, boolean isTimeFree) {}

    /** Opens an engine, which takes up what the store has. */
    Stage(Setup setup, Tape tape, Instant start, Map<String, String> tokens) {
        this.setup = setup;
        this.tape = tape;
        this.clock = new VirtualClock(start);
        this.cast = new Cast(tokens);
        expectRecovery();
        EngineBuilder builder = Engine.builder(tape)
                .clock(clock)
                .longRunningAfter(NEVER)
                .listener(this::heard)
                .bodyScopes(new StagedScopes(cast, setup.bodies, setup.script));
        setup.workflows.forEach(builder::register);
        engine = builder.open();
        settle();
    }

    private void expectRecovery() {
        List<String> due = tape.due(clock.now().toEpochMilli(), Integer.MAX_VALUE);
        for (RunRecord run : tape.list(RunQuery.unfinished())) {
            boolean isQuiet = switch (run.status()) {
                case WAITING -> !due.contains(run.id());
                case PAUSED -> true;
                default -> run.status().isStopped();
            };
            phases.put(run.id(), isQuiet ? Phase.SUSPENDED : Phase.AWAITED);
        }
    }

    private void heard(EngineEvent event) {
        if (event instanceof EngineEvent.RunStarted || event instanceof EngineEvent.RunResumed) {
            phases.put(event.runId(), Phase.LIVE);
        } else if (event instanceof EngineEvent.RunSuspended suspended) {
            phases.put(event.runId(), Phase.SUSPENDED);
            tape.find(event.runId()).ifPresent(run -> rests.put(run.id(), new Rest(suspended.wake(), run.wakeAt())));
        } else if (event instanceof EngineEvent.RunEnded || event instanceof EngineEvent.RunUnresolved) {
            phases.put(event.runId(), Phase.OVER);
        }
        isDead |= event instanceof EngineEvent.EngineStopped;
        cast.wake();
    }

    /** Whether its store takes nothing any more. */
    boolean isDead() {
        return isDead;
    }

    Engine engine() {
        return engine;
    }

    VirtualClock clock() {
        return clock;
    }

    Tape tape() {
        return tape;
    }

    /** Where bodies were started, in order. */
    List<String> started() {
        return cast.started();
    }

    /** Starts a run, and goes as far as it goes by itself. */
    Run start(Workflow<?, ?> workflow, String id, @Nullable Object input) {
        phases.put(id, Phase.AWAITED);
        Run run = await(engine.startAsync(workflow.name(), id, input));
        if (run.status().isTerminal()) {
            phases.put(id, Phase.OVER); // it attached to one that had ended
        }
        settle();
        return run;
    }

    RunEnd end(String runId) {
        return RunEnd.of(tape.find(runId).orElseThrow());
    }

    /** What may happen next, what bodies did first and the passing of time last; empty when nothing moves any more. */
    List<String> moves() {
        List<String> moves = new ArrayList<>(cast.held());
        boolean isOpen =
                tape.find(RUN).filter(run -> !run.status().isTerminal()).isPresent();
        if (isOpen) {
            setup.script.sent().stream()
                    .filter(this::isSendable)
                    .map(Script.Sent::describe)
                    .forEach(moves::add);
        }
        boolean isTimely = setup.isTimeFree || moves.isEmpty();
        if (isTimely && isTimerSet() && isAnyOpen()) {
            moves.add(time());
        }
        return moves;
    }

    private String time() {
        return TIME + " #" + (skipped + 1);
    }

    /** Whether something is to happen in time, but for what is put off for ever. */
    private boolean isTimerSet() {
        return clock.nextTimer()
                .filter(due -> due.isBefore(clock.now().plus(LONGEST_WAIT)))
                .isPresent();
    }

    private boolean isAnyOpen() {
        return phases.values().stream().anyMatch(phase -> phase != Phase.OVER);
    }

    private boolean isSendable(Script.Sent each) {
        return !sent.contains(each.number())
                && switch (each.kind()) {
                    case SIGNAL -> true;
                    case ANSWER -> asked(each) != null;
                    case CALLBACK -> cast.token(each.name()) != null;
                };
    }

    private @Nullable PendingApproval asked(Script.Sent answer) {
        return engine.approvals(100, 0).stream()
                .filter(asked -> asked.runId().equals(RUN) && Script.isNamed(asked.path(), answer.name()))
                .findFirst()
                .orElse(null);
    }

    /** Makes one of the {@link #moves}, and goes as far as the runs go by themselves. */
    void make(String move) {
        commitsBefore = tape.length();
        if (move.equals(time())) {
            skipped++;
            clock.skip();
        } else {
            Script.Sent scripted = setup.script.sent().stream()
                    .filter(each -> each.describe().equals(move))
                    .findFirst()
                    .orElse(null);
            if (scripted == null) {
                cast.report(move);
            } else {
                send(scripted);
            }
        }
        settle();
    }

    private void send(Script.Sent what) {
        sent.add(what.number());
        CompletableFuture<?> done = switch (what.kind()) {
            case SIGNAL -> engine.signal(RUN, what.name(), what.value(), what.key());
            case ANSWER -> {
                PendingApproval asked = Objects.requireNonNull(asked(what));
                yield engine.answer(RUN, asked.path(), String.valueOf(what.value()), "script", null);
            }
            case CALLBACK -> engine.complete(Objects.requireNonNull(cast.token(what.name())), what.value());
        };
        settled(done);
        if (what.kind() == Script.Sent.Kind.CALLBACK && done.isCompletedExceptionally()) {
            cast.forgetToken(what.name()); // it was made before the crash and never recorded; another one will be
            sent.remove(what.number());
        }
    }

    /** Works until a future completes; what it completes with is not looked at: a run that ended takes nothing more. */
    private void settled(CompletableFuture<?> future) {
        var unused = future.whenComplete((value, failure) -> cast.wake());
        while (!future.isDone()) {
            cast.work();
            if (!future.isDone() && !cast.workWithin(PATIENCE)) {
                throw stuck();
            }
        }
    }

    <T> T await(CompletableFuture<T> future) {
        settled(future);
        try {
            return future.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException impossible) {
            throw new IllegalStateException("it is done", impossible);
        }
    }

    /** Works until nothing happens any more by itself. */
    void settle() {
        boolean isProbed = false;
        while (true) {
            if (cast.hasWork()) {
                cast.work();
                isProbed = false;
            } else if (!isQuiet()) {
                if (!cast.workWithin(PATIENCE)) {
                    throw stuck();
                }
                isProbed = false;
            } else if (isProbed || isDead || isDone()) {
                return;
            } else {
                settled(engine.signalPayload(PROBE, "probe", Payload.of(null), null));
                isProbed = true;
            }
        }
    }

    /**
     * Whether no commit can be under way: what was done last has been committed, and here, so that all that follows from it was
     * done here; or no run is left. A probe finds out where this cannot tell.
     */
    private boolean isDone() {
        boolean isHere = !tape.wasElsewhere() && tape.length() > commitsBefore;
        return (isHere && !cast.held().isEmpty()) || !isAnyOpen();
    }

    private boolean isQuiet() {
        if (cast.isBusy() || isDead) {
            return isDead;
        }
        List<String> due = tape.due(clock.now().toEpochMilli(), Integer.MAX_VALUE);
        for (RunRecord run : tape.list(RunQuery.unfinished())) {
            Phase phase = phases.getOrDefault(run.id(), Phase.AWAITED);
            boolean isMoving = switch (phase) {
                case AWAITED -> true;
                case LIVE -> !cast.holdsAnyOf(run.id()) && !isTimerSet();
                case SUSPENDED -> due.contains(run.id()) && isAwakened(run);
                case OVER -> false;
            };
            if (isMoving) {
                return false;
            }
        }
        return true;
    }

    /** Whether a suspended run that is due became so since: one that a signal woke for nothing stays due. */
    private boolean isAwakened(RunRecord run) {
        Rest rest = rests.get(run.id());
        return rest == null
                || !Objects.equals(rest.stored, run.wakeAt())
                || (rest.wake != null && !rest.wake.isAfter(clock.now()));
    }

    private AssertionError stuck() {
        String runs = tape.list(RunQuery.unfinished()).stream()
                .map(run -> run + " (" + phases.get(run.id()) + "): "
                        + tape.journal(run.id()).stream()
                                .filter(row -> row.status() == StepStatus.WAITING || row.status() == StepStatus.RUNNING)
                                .toList())
                .toList()
                .toString();
        return new AssertionError("nothing has happened for " + PATIENCE.toSeconds()
                + " s, and runs are not at their end: "
                + runs + "\n  bodies that were started: " + cast.started() + "; ended and not reported: " + cast.held()
                + "\n  to do: let no body wait for another one, or for anything that the test does not script");
    }

    /** Closes the engine. What still runs is cancelled, and nothing of it counts. */
    @Override
    public void close() {
        cast.end();
        cast.work();
        if (isAnyOpen() || !tape.list(RunQuery.unfinished()).isEmpty()) {
            settled(CompletableFuture.runAsync(engine::close, setup.bodies::onThread));
        } else {
            engine.close();
        }
    }
}
