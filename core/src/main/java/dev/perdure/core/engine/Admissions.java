package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Admission;
import dev.perdure.core.spi.Admitted;
import dev.perdure.core.spi.Claim;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.PendingRun;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets runs begin that wait for their time, or for their turn in a queue: when a run enters a queue or ends in one, when a time
 * comes, and when a place is free. Where engines share the store, that is done with each look at it. Thread-safe.
 */
final class Admissions {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Services services;
    private final RunRegistry registry;
    private final DeclaredQueues queues;
    private final Set<Claim.Version> versions;

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();
    /** Whether the places there were may have kept runs back when this last looked. */
    private volatile boolean mayHaveMore;

    Admissions(Services services, RunRegistry registry, Set<Claim.Version> versions) {
        this.services = services;
        this.registry = registry;
        this.queues = services.queues();
        this.versions = versions;
    }

    /** A run was recorded that is held back. */
    void entered(RunRecord run) {
        Long startAt = run.placement().startAt();
        if (startAt != null) {
            registry.alarm().setFor(Instant.ofEpochMilli(startAt));
        } else {
            soon();
        }
        if (run.placement().isQueued()) {
            registry.completeOnPool(() -> noticeMissing(run));
        }
    }

    private void noticeMissing(RunRecord run) {
        try {
            queues.entered(run.id(), run.placement().queue(), services.store());
        } catch (PerdureException unavailable) {
            LOG.debug("whether the queue of run {} is known could not be read", run.id(), unavailable);
        }
    }

    /** A run gave up its slot, if it had one. */
    void left(RunRecord run) {
        if (run.placement().isQueued()) {
            soon();
        }
    }

    /** A place became free, for which runs may wait that would not be let begin without one. */
    void placeLeft() {
        int room = registry.table().room();
        if (mayHaveMore && (room >= Fleet.BATCH / 2 || registry.table().load() < Fleet.BATCH / 2)) {
            soon();
        } else if (mayHaveMore && room > 0) {
            registry.alarm().ringSoon(); // for many places at once, unless that takes long
        }
    }

    /** Looks soon, on the pool. */
    void soon() {
        if (services.store().isShared()) {
            registry.fleet().soon();
        } else if (asked.getAndIncrement() == 0) {
            try {
                services.pool().execute(this::lookAsAsked);
            } catch (RejectedExecutionException closing) {
                asked.set(0); // the next engine looks when it opens
            }
        }
    }

    /** For a store with one owner: lets begin what can, on this thread, unless another one is at it. Reads and writes the store. */
    void look() {
        if (asked.getAndIncrement() == 0) {
            lookAsAsked();
        }
    }

    private void lookAsAsked() {
        int seen;
        do {
            seen = asked.get();
            Tenure tenure = services.tenure();
            try {
                boolean isMore;
                do {
                    isMore = beginHere(tenure.lease());
                } while (isMore);
            } catch (PerdureException failed) {
                trouble(tenure, failed);
            }
        } while (asked.addAndGet(-seen) > 0);
    }

    private void trouble(Tenure tenure, PerdureException failed) {
        if (!services.tenures().isLoss(tenure, failed)) {
            LOG.warn(
                    "the store could not be asked for runs that may begin, and is asked again: {}",
                    failed.getMessage());
            registry.alarm().ringSoon();
        }
    }

    /** Returns whether it is worth doing once more at once. */
    private boolean beginHere(Lease lease) {
        int room = registry.table().room();
        mayHaveMore = true;
        if (room == 0 || registry.table().closed() != null) {
            return false;
        }
        Admitted admitted = admit(lease, Math.min(room, Fleet.BATCH));
        mayHaveMore = admitted.isMore();
        registry.begin(admitted.runs());
        return admitted.isMore();
    }

    /** What the store lets begin, and sees to it that this is asked again in time. */
    Admitted admit(Lease lease, int limit) {
        Instant now = services.time().now();
        List<String> inTurn = queues.names(turn.getAndIncrement());
        Admitted admitted = services.store().admit(lease, new Admission(now.toEpochMilli(), limit, versions, inTurn));
        if (admitted.again() != null) {
            registry.alarm().setFor(now.plus(admitted.again()));
        }
        return admitted;
    }

    /** Whether there is anything to ask for, where engines share the store and claim what is ripe. */
    boolean hasQueues() {
        return !queues.names().isEmpty();
    }

    static List<String> ids(Admitted admitted) {
        return admitted.runs().stream().map(PendingRun::id).toList();
    }
}
