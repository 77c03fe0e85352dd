package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.Admitted;
import dev.perdure.core.spi.Claim;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine among others on one store: claims runs in batches, as far as it has places and code for them, and notices what other
 * processes did. It looks at the store every now and then, less often while it has nothing to do, and at once when there is a
 * reason to in this process, or the store heard of one. For a store with one owner it does nothing but let runs
 * begin that were held back. Thread-safe.
 */
final class Fleet {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    /** No engine takes more at once, so that those who open together share what is there. */
    static final int BATCH = 32;

    private static final int MOST_WOKEN = 1_000;
    private static final int LONGEST_PAUSE = 5;

    private final Services services;
    private final Store store;
    private final RunRegistry registry;
    private final Set<Claim.Version> versions;
    private final Set<String> queues;
    private final Runnable everyLook;
    private final Admissions admissions;
    /** The epochs in which runs were claimed that are not taken up yet. */
    private final Map<String, Long> claimed = new ConcurrentHashMap<>();

    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean mayHaveMore;
    private boolean isQueuesFirst;
    private int quietLooks;
    private boolean isInTrouble;
    private @Nullable Runnable next;
    private volatile Runnable listening = () -> {};
    private boolean isClosed;

    /** @param everyLook is called whenever the store is looked at */
    Fleet(Services services, Registered workflows, RunRegistry registry, Runnable everyLook) {
        this.services = services;
        this.store = services.store();
        this.registry = registry;
        this.versions = workflows.versions();
        this.queues = services.queues().claimed();
        this.everyLook = everyLook;
        this.admissions = new Admissions(services, registry, versions);
    }

    /** What lets runs begin that are held back. */
    Admissions admissions() {
        return admissions;
    }

    boolean isShared() {
        return store.isShared();
    }

    /** Looks at the store for the first time, on this thread: what there is a place for is on its way when it returns. */
    void open() {
        asked.set(1);
        listening = store.listen(this::soon);
        look();
    }

    /** Looks at the store, which engines share, soon and on the pool. */
    void soon() {
        if (asked.getAndIncrement() == 0) {
            try {
                services.pool().execute(this::look);
            } catch (RejectedExecutionException closing) {
                close();
            }
        }
    }

    /** A place became free: the next batch is due if the last one was not all, and most of it is done. */
    void placeLeft() {
        if (!isShared()) {
            admissions.placeLeft();
        } else if (mayHaveMore && registry.table().load() < BATCH / 2) {
            soon();
        }
    }

    private void look() {
        int seen;
        do {
            seen = asked.get();
            Tenure tenure = services.tenure();
            try {
                boolean isQuiet = look(tenure.lease());
                quietLooks = isQuiet ? Math.min(quietLooks + 1, LONGEST_PAUSE - 1) : 0;
                isInTrouble = false;
            } catch (RuntimeException failed) {
                trouble(tenure, failed);
            }
        } while (asked.addAndGet(-seen) > 0);
        arm();
    }

    private void trouble(Tenure tenure, RuntimeException failed) {
        quietLooks = LONGEST_PAUSE - 1;
        boolean isKnown =
                failed instanceof PerdureException known && services.tenures().isLoss(tenure, known);
        if (!isKnown && !isInTrouble) {
            isInTrouble = true;
            Throwable defect = failed instanceof PerdureException ? null : failed;
            LOG.warn("the store could not be asked for work, and is asked again: {}", failed.getMessage(), defect);
        }
    }

    private boolean look(Lease lease) {
        int taken = takeUp(lease, services.time().now().toEpochMilli(), BATCH);
        List<String> woken = store.woken(lease, MOST_WOKEN);
        woken.forEach(registry.news()::nudge);
        registry.news().tellSettled();
        everyLook.run();
        return taken == 0 && woken.isEmpty() && registry.table().load() == 0;
    }

    /**
     * Takes up what is due by {@code at}, or free, and what may begin in a queue; returns how many runs that are. Which of the two
     * has the first choice of the places takes turns.
     */
    private int takeUp(Lease lease, long at, int most) {
        int limit = versions.isEmpty() ? 0 : registry.table().keep(most);
        mayHaveMore = limit == 0 && !versions.isEmpty();
        try {
            return limit == 0 ? 0 : takeUpInto(limit, lease, at);
        } finally {
            registry.table().giveUp(limit);
        }
    }

    private int takeUpInto(int limit, Lease lease, long at) {
        isQueuesFirst = !isQueuesFirst && admissions.hasQueues();
        int taken = isQueuesFirst ? admit(lease, limit) : 0;
        taken += limit > taken ? claim(lease, at, limit - taken) : 0;
        boolean isToAdmit = admissions.hasQueues() && !isQueuesFirst && limit > taken;
        taken += isToAdmit ? admit(lease, limit - taken) : 0;
        mayHaveMore |= taken == limit;
        return taken;
    }

    private int claim(Lease lease, long at, int limit) {
        return takeUp(lease, store.claim(lease, new Claim(at, limit, versions, queues)));
    }

    private int admit(Lease lease, int limit) {
        Admitted admitted = admissions.admit(lease, limit);
        mayHaveMore |= admitted.isMore();
        return takeUp(lease, Admissions.ids(admitted));
    }

    private int takeUp(Lease lease, List<String> runIds) {
        runIds.forEach(runId -> mark(runId, lease));
        registry.takeUp(runIds);
        return runIds.size();
    }

    /** One that is in memory, or about to be, may be somebody else's when it is next taken up, so that has to ask again. */
    private void mark(String runId, Lease lease) {
        claimed.put(runId, lease.epoch());
        if (registry.isLive(runId)) {
            claimed.remove(runId);
        }
    }

    /** The run is in memory. */
    void arrived(String runId) {
        claimed.remove(runId);
    }

    /** Whether the run was claimed under this lease and is not taken up yet; it is from here on. */
    boolean wasClaimed(String runId, Lease lease) {
        Long epoch = claimed.remove(runId);
        return epoch != null && epoch == lease.epoch();
    }

    private synchronized void arm() {
        if (isClosed) {
            return;
        }
        if (next != null) {
            next.run();
        }
        Duration pause = services.settings().pollInterval().multipliedBy(quietLooks + 1L);
        Instant due = services.time().now().plus(pause);
        next = services.time().schedule(due, this::soon);
    }

    synchronized void close() {
        isClosed = true;
        listening.run();
        if (next != null) {
            next.run();
        }
    }
}
