package dev.perdure.core.engine;

import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.machine.Event;
import dev.perdure.core.machine.RunMachine;
import dev.perdure.core.machine.Transition;
import dev.perdure.core.spi.Write;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of one run, or sent to it, from outside. The registry shows a run a moment before it begins; what comes in
 * between waits for that. The public queue-like methods may be called by any thread, the others are confined to the strand.
 */
final class RunRequests {
    private final RunDriver driver;
    private final RunMachine machine;
    private final JournalWriter journal;
    /** The calls that wait for child runs, by the child's id. */
    private final Map<String, Path> children = new HashMap<>();
    /** Of child runs that are retried, the last row of the end that does not count any more. */
    private final Map<String, Long> formerEnds = new HashMap<>();

    /** Commands that were carried out, by their place among the run's signals. */
    private final Set<Long> obeyed = new HashSet<>();

    /** Those who wait until something is recorded, and hear why if it cannot be. */
    private final Set<Consumer<PerdureException>> owed = new HashSet<>();

    private final List<Runnable> early = new ArrayList<>();
    /** Why nothing more of the run is recorded here; null while that is not so. */
    private @Nullable PerdureException refusal;

    private boolean hasBegun;

    RunRequests(RunDriver driver, RunMachine machine, JournalWriter journal) {
        this.driver = driver;
        this.machine = machine;
        this.journal = journal;
    }

    /** What came of something that was asked of a run. */
    enum Reply {
        /** It is recorded. */
        DONE,
        /** It means nothing to the run as it is. */
        REFUSED,
        /** The run was let out of memory meanwhile; it has to be taken up and asked again. */
        GONE
    }

    /** What the run is doing, by what was asked of it. */
    RunStatus statusOnTheWay() {
        if (machine.isCompensating()) {
            return RunStatus.COMPENSATING;
        }
        if (machine.isCancelling()) {
            return RunStatus.CANCELLING;
        }
        return machine.isPaused() ? RunStatus.PAUSED : RunStatus.RUNNING;
    }

    /** How the end of an atomic step's body is recorded ahead of everything else; null where nobody waits for it. */
    Write.@Nullable Append ahead(Event.BodyEnded end) {
        List<Entry> entries = driver.isVoid() ? List.of() : machine.completion(end);
        return entries.isEmpty() ? null : journal.ahead(entries);
    }

    /** What {@link #ahead} gave is durable, and nothing was recorded since. */
    void recordedAhead(Write.Append ahead) {
        journal.recordedAhead(ahead);
    }

    /** Asks the run to end CANCELLED; completes once that is recorded. */
    CompletableFuture<Reply> cancel(String reason) {
        return ask(() -> {
            Transition transition = machine.on(new Event.CancelAsked(reason, now()));
            boolean isAccepted = !transition.entries().isEmpty() || (machine.isCancelling() && machine.end() == null);
            return new Asked(transition, isAccepted);
        });
    }

    /** Asks that nothing more of the run starts; completes once that is recorded. */
    CompletableFuture<Reply> pause(String reason) {
        return ask(() -> {
            Transition transition = machine.on(new Event.PauseAsked(reason, now()));
            return new Asked(transition, machine.isPaused());
        });
    }

    /** Asks a paused run to go on; completes once that is recorded. */
    CompletableFuture<Reply> goOn() {
        return ask(() -> {
            Transition transition = machine.on(new Event.ResumeAsked(now()));
            return new Asked(transition, !transition.entries().isEmpty());
        });
    }

    private record Asked(Transition transition, boolean isAccepted) {}

    private interface Question {
        Asked ask();
    }

    private CompletableFuture<Reply> ask(Question question) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        onceBegun(() -> {
            if (driver.isSuspended()) {
                reply.complete(Reply.GONE);
            } else if (refusal != null) {
                reply.completeExceptionally(refusal);
            } else if (driver.isStopped()) {
                reply.complete(Reply.REFUSED);
            } else {
                Asked asked = question.ask();
                Reply durable = asked.isAccepted ? Reply.DONE : Reply.REFUSED;
                driver.proceed(asked.transition, owed(() -> reply.complete(durable), reply::completeExceptionally));
            }
        });
        return reply;
    }

    /** What is to be done once something is recorded that somebody waits for; {@code refused} hears why if that cannot be. */
    Runnable owed(Runnable recorded, Consumer<PerdureException> refused) {
        owed.add(refused);
        return () -> {
            owed.remove(refused);
            recorded.run();
        };
    }

    /** Nothing more of the run is recorded here; those who wait for that hear why. */
    void refused(PerdureException why) {
        refusal = why;
        List.copyOf(owed).forEach(waiting -> waiting.accept(why));
        owed.clear();
    }

    /** Passes on a signal that is durable; {@code gone} is called where the run was let out of memory meanwhile. */
    void signalled(SignalRecord signal, Runnable gone) {
        pass(() -> arrived(signal), gone);
    }

    /** Passes on what became of a child run. */
    void childEvent(Event event, Runnable gone) {
        pass(() -> driver.handle(event), gone);
    }

    /** Passes on the end of a child run, if this run waits for it, and not for one after it. */
    void childEnded(RunRecord child, Function<Path, Event> event, Runnable gone) {
        pass(
                () -> {
                    journal.woken();
                    boolean isFormer = child.contextSeq() <= formerEnds.getOrDefault(child.id(), -1L);
                    Path call = isFormer ? null : children.remove(child.id());
                    if (call != null) {
                        driver.handle(event.apply(call));
                    } else {
                        driver.settle();
                    }
                },
                gone);
    }

    /** Passes on that a child run is under way, again after an end that was recorded with the row {@code formerEnd}; -1 for none. */
    void childStarted(Event.ChildStarted event, long formerEnd, Runnable gone) {
        pass(
                () -> {
                    formerEnds.put(event.childId(), formerEnd);
                    driver.handle(event);
                },
                gone);
    }

    private void pass(Runnable event, Runnable gone) {
        onceBegun(() -> {
            if (driver.isSuspended()) {
                gone.run();
            } else if (!driver.isStopped()) {
                event.run();
            }
        });
    }

    private void onceBegun(Runnable asked) {
        driver.strand().execute(() -> {
            if (hasBegun || driver.isStopped()) {
                asked.run();
            } else {
                early.add(asked);
            }
        });
    }

    /** The call at {@code path} waits for a child run; where that is retried, no end counts before {@link #childStarted}. */
    void calls(String childId, Path path, boolean isRetry) {
        children.put(childId, path);
        if (isRetry) {
            formerEnds.put(childId, Long.MAX_VALUE);
        }
    }

    /** Tells of the child runs that the run waits for; {@code gone} is called where it was let out of memory meanwhile. */
    void awaited(Consumer<Set<String>> tell, Runnable gone) {
        pass(
                () -> {
                    if (!children.isEmpty()) {
                        tell.accept(Set.copyOf(children.keySet()));
                    }
                },
                gone);
    }

    void arrived(SignalRecord signal) {
        if (signal.isCommand()) {
            obey(signal);
            return;
        }
        journal.woken();
        driver.handle(new Event.SignalArrived(signal.seq(), signal.name(), new Payload(signal.payload()), now()));
    }

    /** A command that was sent to whoever has the run. It may be seen more than once. */
    private void obey(SignalRecord command) {
        if (!obeyed.add(command.seq())) {
            return;
        }
        journal.woken();
        journal.obeys(command.seq());
        Event asked = Command.event(command, now());
        Transition transition = asked == null ? Transition.NONE : machine.on(asked);
        if (transition.entries().isEmpty()) {
            driver.submit(journal.consumption(now()), () -> {});
        }
        driver.proceed(transition, () -> {});
    }

    boolean hasBegun() {
        return hasBegun;
    }

    /** The run is where its journal says, so what was asked of it can be done. */
    void begun() {
        hasBegun = true;
        List<Runnable> waiting = List.copyOf(early);
        early.clear();
        waiting.forEach(Runnable::run);
        driver.settle();
    }

    private Instant now() {
        return driver.now();
    }
}
