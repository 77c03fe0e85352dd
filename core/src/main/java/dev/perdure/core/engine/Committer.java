package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: everything that waits is committed as one transaction, and those who wait are told, in the order in which they
 * came. So a lone sequential run pays one commit for each step, and many runs share one.
 *
 * <p>A thread that has run out of work commits by itself what waits, if nobody else is at it: that saves the way to another
 * thread and back. What comes meanwhile is for the committer's own thread, which also deals with trouble.
 *
 * <p>While the store is out of reach, what is to be recorded is kept and tried again; only new starts are refused. A batch
 * may be repeated because every write is idempotent.
 */
final class Committer implements Strand.Idle, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
    private static final int MAX_BATCH = 1_000;
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    /**
     * What is to be committed together.
     *
     * @param trouble what somebody met who tried; null for nobody did
     */
    private record Batch(
            List<PendingWrite> requests, @Nullable Throwable trouble) {}

    private final Store store;
    private final Lease lease;
    private final SureCommits commits;
    private final Troubles troubles;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hasWork = lock.newCondition();
    private final Condition isFree = lock.newCondition();
    private final ArrayDeque<PendingWrite> queue = new ArrayDeque<>();
    /** Somebody is committing: the next batch is acknowledged after this one. */
    private boolean isBusy;
    /** Who is committing, where that is neither this committer's thread nor one that ran out of work. */
    private @Nullable TurnHolder holder;
    /** What the committer's thread has to see to before anything else is committed; it is busy until then. */
    private @Nullable Batch troubled;

    private boolean isClosing;
    private @Nullable PerdureException failure;

    Committer(Store store, Lease lease, Troubles troubles) {
        this.store = store;
        this.lease = lease;
        this.commits = new SureCommits(store, lease);
        this.troubles = troubles;
        this.thread = DaemonThreads.named("perdure-commit").newThread(this::run);
    }

    void start() {
        thread.start();
    }

    /** Queues a write; a caller's writes become durable in the order in which it submits them. Does not block. */
    void submit(Write write, Acknowledged acknowledged) {
        submit(write, acknowledged, true);
    }

    /** As {@link #submit}, by a thread that will {@link #work}. */
    void prepare(Write write, Acknowledged acknowledged) {
        submit(write, acknowledged, false);
    }

    private void submit(Write write, Acknowledged acknowledged, boolean isAlone) {
        PerdureException refusal;
        lock.lock();
        try {
            refusal = failure != null ? failure : isClosing ? Refusals.closed() : null;
            if (refusal == null) {
                queue.add(new PendingWrite(write, acknowledged));
                if (isAlone && !isBusy) {
                    hasWork.signal();
                }
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            acknowledged.refused(refusal);
        }
    }

    @Override
    public boolean hasWork() {
        lock.lock();
        try {
            return !isBusy && !queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Commits what waits, here and now, unless somebody is committing, who will see to the rest. */
    @Override
    public void work() {
        List<PendingWrite> batch;
        lock.lock();
        try {
            if (isBusy || queue.isEmpty()) {
                return;
            }
            isBusy = true;
            batch = drain();
        } finally {
            lock.unlock();
        }
        List<WriteResult> results;
        try {
            results = commits.commit(batch);
        } catch (RuntimeException | Error trouble) { // the thread whose task that is deals with it
            handOver(new Batch(batch, trouble));
            return;
        }
        try {
            tell(batch, results);
        } finally {
            release();
        }
    }

    /** Waits until nobody is committing; from then on only {@code taker} does, until it gives the turn back. */
    void takeTurn(TurnHolder taker) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (failure == null && !isClosing && isBusy) {
                isFree.await();
            }
            if (failure != null || isClosing) {
                throw failure != null ? failure : Refusals.closed();
            }
            isBusy = true;
            holder = taker;
        } finally {
            lock.unlock();
        }
    }

    /** Waits so long before something is tried again; false where the committer closes, after which nothing is to be. */
    boolean pause(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (left > 0 && !isClosing) {
                left = isFree.awaitNanos(left);
            }
            return !isClosing;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what waits, for who has the turn and will {@link #tell} about it or {@link #putBack} it. */
    List<PendingWrite> takeWaiting() {
        lock.lock();
        try {
            return drain();
        } finally {
            lock.unlock();
        }
    }

    /** Has committed again first what was taken and is not durable. */
    void putBack(List<PendingWrite> requests) {
        lock.lock();
        try {
            for (int i = requests.size() - 1; i >= 0; i--) {
                queue.addFirst(requests.get(i));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Idempotent; does nothing for who does not have the turn. */
    void giveBack(TurnHolder given) {
        lock.lock();
        try {
            if (holder != given) {
                return;
            }
            holder = null;
        } finally {
            lock.unlock();
        }
        release();
    }

    Lease lease() {
        return lease;
    }

    void tell(List<PendingWrite> batch, List<WriteResult> results) {
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).answer(results.get(i), store);
        }
    }

    private void handOver(Batch batch) {
        lock.lock();
        try {
            troubled = batch;
            hasWork.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Lets others commit. */
    private void release() {
        lock.lock();
        try {
            isBusy = false;
            isFree.signalAll();
            if (!queue.isEmpty() || isClosing) {
                hasWork.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        Batch batch = take();
        while (!batch.requests.isEmpty()) {
            try {
                commit(batch);
            } catch (RuntimeException | Error fatal) {
                fail(batch.requests, fatal);
                return;
            }
            release();
            batch = take();
        }
    }

    /** Waits for work; empty when the committer is closing and has nothing left. */
    private Batch take() {
        lock.lock();
        try {
            while (troubled == null && (isBusy || (queue.isEmpty() && !isClosing))) {
                hasWork.awaitUninterruptibly();
            }
            Batch met = troubled;
            troubled = null;
            isBusy = true;
            return met == null ? new Batch(drain(), null) : met;
        } finally {
            lock.unlock();
        }
    }

    private List<PendingWrite> drain() {
        List<PendingWrite> batch = new ArrayList<>(Math.min(queue.size(), MAX_BATCH));
        while (!queue.isEmpty() && batch.size() < MAX_BATCH) {
            batch.add(queue.poll());
        }
        return batch;
    }

    private void commit(Batch given) {
        List<PendingWrite> batch = given.requests;
        Throwable met = given.trouble;
        long pause = 0;
        while (!batch.isEmpty()) {
            List<WriteResult> results;
            try {
                throwIfAny(met);
                results = commits.commit(batch);
            } catch (StoreException unavailable) {
                met = null;
                if (!unavailable.isTransient()) {
                    throw unavailable;
                }
                if (pause == 0) {
                    LOG.warn("{}; what is to be recorded is kept in memory and tried again", unavailable.getMessage());
                    troubles.unavailable(unavailable);
                }
                batch = withoutImpatient(batch, unavailable);
                pause = Math.min(LONGEST_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, pause * 2));
                if (!pauseUnlessClosing(pause)) {
                    giveUp(batch, unavailable);
                    return;
                }
                continue;
            }
            if (pause > 0) {
                LOG.info("{} takes commits again", store.describe());
                troubles.recovered();
            }
            tell(batch, results);
            return;
        }
    }

    private static void throwIfAny(@Nullable Throwable trouble) {
        if (trouble instanceof RuntimeException known) {
            throw known;
        }
        if (trouble instanceof Error fatal) {
            throw fatal;
        }
    }

    private static List<PendingWrite> withoutImpatient(List<PendingWrite> batch, StoreException why) {
        List<PendingWrite> patient = new ArrayList<>();
        for (PendingWrite request : batch) {
            if (request.acknowledged().isImpatient()) {
                request.acknowledged().refused(why);
            } else {
                patient.add(request);
            }
        }
        return patient;
    }

    private boolean pauseUnlessClosing(long millis) {
        try {
            return pause(millis);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void fail(List<PendingWrite> batch, Throwable cause) {
        PerdureException why = cause instanceof PerdureException known
                ? known
                : new PerdureException(
                        ErrorCode.INTERNAL,
                        "committing failed: " + cause.getClass().getName(),
                        cause);
        giveUp(batch, why);
        troubles.failedForGood(why);
    }

    /** Refuses what is queued as well: nothing may be durable without what was submitted before it. */
    private void giveUp(List<PendingWrite> batch, PerdureException why) {
        List<PendingWrite> refused = new ArrayList<>(batch);
        lock.lock();
        try {
            failure = why;
            refused.addAll(queue);
            queue.clear();
            isFree.signalAll();
        } finally {
            lock.unlock();
        }
        refused.forEach(request -> request.acknowledged().refused(why));
    }

    /** Commits what is queued, then stops. While the store is out of reach, what is queued is given up: it was never durable. */
    @Override
    public void close() {
        TurnHolder held;
        lock.lock();
        try {
            isClosing = true;
            held = holder;
            hasWork.signalAll();
            isFree.signalAll();
        } finally {
            lock.unlock();
        }
        if (held != null) {
            held.evict();
        }
        boolean wasInterrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
            } catch (InterruptedException later) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
