package dev.perdure.core.engine;

import dev.perdure.core.machine.RunMachine;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a run that only waits is recorded as that, and leaves memory. Where engines share the store, any of them may take up what
 * is recorded as waiting; there, a run is recorded so only if it leaves memory then, and leaves it whenever it is recorded so.
 * Confined to the run's strand.
 */
final class Resting {
    private final Services services;
    private final RunMachine machine;
    private final JournalWriter journal;
    private final RunBodies bodies;
    private final boolean isShared;

    Resting(Services services, RunMachine machine, JournalWriter journal, RunBodies bodies) {
        this.services = services;
        this.machine = machine;
        this.journal = journal;
        this.bodies = bodies;
        this.isShared = services.store().isShared();
    }

    /** What an entry that is being written is to say of the run's rest; null for none. */
    RunMachine.@Nullable Rest toRecord() {
        return isShared ? now() : machine.rest();
    }

    /** The rest that the run may leave memory for, or that is to be recorded; null where it does more than wait. */
    RunMachine.@Nullable Rest now() {
        RunMachine.Rest rest = machine.rest();
        boolean isBusy = rest == null || !bodies.mayLeave();
        boolean isKept = rest != null && isShared && !journal.isWaiting() && !isLong(rest.wake());
        return isBusy || isKept ? null : rest;
    }

    /** Whether the run, whose rest is recorded, leaves memory. */
    boolean isToLeave(RunMachine.Rest rest) {
        return (isShared && journal.isWaiting()) || isLong(rest.wake());
    }

    private boolean isLong(@Nullable Instant wake) {
        return wake == null
                || wake.isAfter(services.time().now().plus(services.settings().suspendAfter()));
    }
}
