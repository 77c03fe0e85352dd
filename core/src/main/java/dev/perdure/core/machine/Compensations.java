package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Undoes what a run's steps did, the newest first, one after the other, across branches and loops. One that fails keeps no
 * other from its turn.
 */
final class Compensations implements Parent {
    private final Wiring wiring;
    private final SequenceFrame root;
    private final Entry.CompensationStarted why;
    private final List<StepFrame> frames = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();
    private int next;

    Compensations(Wiring wiring, SequenceFrame root, Entry.CompensationStarted why) {
        this.wiring = wiring;
        this.root = root;
        this.why = why;
        for (int i = wiring.undos.size() - 1; i >= 0; i--) {
            Path path = wiring.undos.get(i).path().part(Step.COMPENSATION);
            frames.add(new StepFrame(wiring, this, wiring.undos.get(i).compensation(), path, Path.ROOT).ofRun());
        }
    }

    void begin(Instant at) {
        next = 0;
        failures.clear();
        advance(at);
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
