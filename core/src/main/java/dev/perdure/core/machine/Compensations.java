package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Undoes what a run's steps did, the newest first, one after the other, across branches and loops. One that fails keeps no
 * other from its turn.
 */
final class Compensations implements Parent {
    private final Wiring wiring;
    private final ContextFrame root;
    private final Entry.CompensationStarted why;
    private final List<StepFrame> frames = new ArrayList<>();
    /** What is recorded of compensations whose steps are of workflow code that has not said how. */
    private final List<Entry> kept = new ArrayList<>();

    private final Set<CodeFrame> asked = new HashSet<>();
    private boolean isResolved;
    /** What is kept led to the run's end, which a retry that is not recorded before has taken back. */
    private boolean isTriedAgain;

    private final List<Failure> failures = new ArrayList<>();
    private int next;

    Compensations(Wiring wiring, ContextFrame root, Entry.CompensationStarted why) {
        this.wiring = wiring;
        this.root = root;
        this.why = why;
        wiring.collected = this::collected;
    }

    /** Begins with the newest, or again where a compensation failed. */
    void begin(Instant at) {
        if (isResolved) {
            restart(at);
        } else if (wiring.unresolved().isEmpty()) {
            resolve();
            restart(at);
        } else if (wiring.isLive()) {
            isTriedAgain = !kept.isEmpty();
            collect(at);
        } else if (!kept.isEmpty()) {
            kept.add(new Entry.RunRetried(at));
        }
    }

    private void restart(Instant at) {
        next = 0;
        failures.clear();
        advance(at);
    }

    private void resolve() {
        isResolved = true;
        for (int i = wiring.undos.size() - 1; i >= 0; i--) {
            Wiring.Undo undo = wiring.undos.get(i);
            Path path = undo.path().part(Step.COMPENSATION);
            Step compensation = undo.compensation();
            if (compensation == null) {
                throw new IncompatibleJournalException(
                        "\"" + undo.path()
                                + "\" is to be undone, but the code does not ask for it any more, so it is not"
                                + " known how; register a version of the workflow that does",
                        undo.path());
            }
            frames.add(new StepFrame(wiring, this, compensation, path, Path.ROOT).ofRun());
        }
    }

    /** Has the code that did what is to be undone run once more, without doing anything, to say how. */
    private void collect(Instant at) {
        List<CodeFrame> codes = wiring.unresolved();
        asked.addAll(codes);
        codes.forEach(code -> code.collect(at));
    }

    private void collected(CodeFrame code, Instant at) {
        asked.remove(code);
        if (!asked.isEmpty()) {
            return;
        }
        resolve();
        if (kept.isEmpty()) {
            restart(at);
            return;
        }
        wiring.replaying(() -> {
            restart(at);
            kept.forEach(this::replay);
            if (isTriedAgain) {
                wiring.expect(new Entry.RunEnded(RunStatus.COMPENSATION_FAILED, null, null, at));
            }
        });
        if (isTriedAgain) {
            restart(at);
            return;
        }
        frames.stream().filter(frame -> !frame.hasEnded() && frame.hasPlace()).forEach(frame -> frame.recover(at));
    }

    private void replay(Entry entry) {
        if (entry instanceof Entry.RunRetried retried) {
            wiring.expect(new Entry.RunEnded(RunStatus.FAILED, null, null, retried.at()));
            restart(retried.at());
        } else {
            wiring.expect(entry);
            wiring.apply(entry);
        }
    }

    /** Keeps a recorded outcome of a compensation until it is known how to undo; whether it did. */
    boolean keep(Entry entry) {
        boolean isKept = !isResolved && Step.undone(entry.path()) != null;
        if (isKept) {
            kept.add(entry);
        }
        return isKept;
    }

    /** The replay is over. */
    void recover(Instant at) {
        if (!isResolved) {
            collect(at);
        }
    }

    private void advance(Instant at) {
        while (next < frames.size() && frames.get(next).isCompleted()) {
            next++;
        }
        if (next == frames.size()) {
            wiring.emitDerived(end(at));
            return;
        }
        StepFrame frame = frames.get(next);
        if (frame.hasEnded()) {
            frame.park();
        } else {
            frame.register();
        }
        frame.takePlace(root.context(), at);
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        if (ending.status() == StepStatus.COMPLETED) {
            root.change(ending.changes());
        } else {
            failures.add(Objects.requireNonNull(ending.failure(), "what fails says why"));
        }
        next++;
        advance(ending.at());
    }

    private Entry.RunEnded end(Instant at) {
        Failure failure = why.failure();
        if (failures.isEmpty()) {
            RunStatus status = why.status() == RunStatus.CANCELLED ? RunStatus.CANCELLED : RunStatus.COMPENSATED;
            return new Entry.RunEnded(status, null, failure, at);
        }
        return new Entry.RunEnded(
                RunStatus.COMPENSATION_FAILED, null, failure == null ? failures.get(0) : with(failure), at);
    }

    /** The failure that the run ended with, with those of its compensations attached. */
    private Failure with(Failure original) {
        List<Failure> causes = new ArrayList<>(original.causes());
        causes.addAll(failures);
        return new Failure(
                original.type(),
                original.message(),
                original.code(),
                original.path(),
                original.attempt(),
                original.stack(),
                causes);
    }
}
