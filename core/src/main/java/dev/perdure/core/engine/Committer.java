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
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: one thread writes what all runs have to record. It takes everything that waits, commits it as one
 * transaction and tells those who wait, in the order in which they came. So a lone sequential run pays one commit for each
 * step, and many runs share one.
 *
 * <p>While the store is out of reach, what is to be recorded is kept and tried again; only new starts are refused. A batch
 * may be repeated because every write is idempotent.
 */
final class Committer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
    private static final int MAX_BATCH = 1_000;
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    /** Called on the committing thread; must not block. */
    interface Acknowledged {
        void committed(WriteResult result);

        /** The write is not and will not be durable. */
        void refused(PerdureException why);

        /** Calls one of the two. */
        static Acknowledged of(Runnable committed, Consumer<PerdureException> refused) {
            return new Acknowledged() {
                @Override
                public void committed(WriteResult result) {
                    committed.run();
                }

                @Override
                public void refused(PerdureException why) {
                    refused.accept(why);
                }
            };
        }

        /** Whether it would rather be refused than wait while the store is out of reach. */
        default boolean isImpatient() {
            return false;
        }
    }

    /** Hears of the committer's troubles, on its thread. */
    interface Troubles {
        void unavailable(StoreException why);

        void recovered();

        void failedForGood(PerdureException why);
    }

    private record Request(Write write, Acknowledged acknowledged) {}

    private final Store store;
    private final Lease lease;
    private final Troubles troubles;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hasWork = lock.newCondition();
    private final ArrayDeque<Request> queue = new ArrayDeque<>();
    private boolean isClosing;
    private @Nullable PerdureException failure;

    Committer(Store store, Lease lease, Troubles troubles) {
        this.store = store;
        this.lease = lease;
        this.troubles = troubles;
        this.thread = DaemonThreads.named("perdure-commit").newThread(this::work);
    }

    void start() {
        thread.start();
    }

    /** Queues a write; a caller's writes become durable in the order in which it submits them. */
    void submit(Write write, Acknowledged acknowledged) {
        PerdureException refusal;
        lock.lock();
        try {
            refusal = failure != null ? failure : isClosing ? closed() : null;
            if (refusal == null) {
                queue.add(new Request(write, acknowledged));
                hasWork.signal();
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            acknowledged.refused(refusal);
        }
    }

    private void work() {
        List<Request> batch = take();
        while (!batch.isEmpty()) {
            try {
                commit(batch);
            } catch (RuntimeException | Error fatal) {
                fail(batch, fatal);
                return;
            }
            batch = take();
        }
    }

    /** Waits for work; empty when the committer is closing and has nothing left. */
    private List<Request> take() {
        lock.lock();
        try {
            while (queue.isEmpty() && !isClosing) {
                hasWork.awaitUninterruptibly();
            }
            List<Request> batch = new ArrayList<>(Math.min(queue.size(), MAX_BATCH));
            while (!queue.isEmpty() && batch.size() < MAX_BATCH) {
                batch.add(queue.poll());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void commit(List<Request> requests) {
        List<Request> batch = requests;
        long pause = 0;
        while (!batch.isEmpty()) {
            List<WriteResult> results;
            try {
                results = store.commit(lease, batch.stream().map(Request::write).toList());
            } catch (StoreException unavailable) {
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
                    batch.forEach(request -> request.acknowledged.refused(unavailable));
                    return;
                }
                continue;
            }
            if (pause > 0) {
                LOG.info("{} takes commits again", store.describe());
                troubles.recovered();
            }
            for (int i = 0; i < batch.size(); i++) {
                answer(batch.get(i), results.get(i));
            }
            return;
        }
    }

    private void answer(Request request, WriteResult result) {
        if (result.kind() == WriteResult.Kind.NOT_OWNED) {
            request.acknowledged.refused(StoreException.notOwned(store.describe(), request.write.runId()));
        } else {
            request.acknowledged.committed(result);
        }
    }

    private static List<Request> withoutImpatient(List<Request> batch, StoreException why) {
        List<Request> patient = new ArrayList<>();
        for (Request request : batch) {
            if (request.acknowledged.isImpatient()) {
                request.acknowledged.refused(why);
            } else {
                patient.add(request);
            }
        }
        return patient;
    }

    private boolean pauseUnlessClosing(long millis) {
        lock.lock();
        try {
            long left = java.util.concurrent.TimeUnit.MILLISECONDS.toNanos(millis);
            while (left > 0 && !isClosing) {
                left = hasWork.awaitNanos(left);
            }
            return !isClosing;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void fail(List<Request> batch, Throwable cause) {
        PerdureException why = cause instanceof PerdureException known
                ? known
                : new PerdureException(
                        ErrorCode.INTERNAL,
                        "committing failed: " + cause.getClass().getName(),
                        cause);
        List<Request> refused = new ArrayList<>(batch);
        lock.lock();
        try {
            failure = why;
            refused.addAll(queue);
            queue.clear();
        } finally {
            lock.unlock();
        }
        refused.forEach(request -> request.acknowledged.refused(why));
        troubles.failedForGood(why);
    }

    /** Commits what is queued, then stops. While the store is out of reach, what is queued is given up: it was never durable. */
    @Override
    public void close() {
        lock.lock();
        try {
            isClosing = true;
            hasWork.signalAll();
        } finally {
            lock.unlock();
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

    private static PerdureException closed() {
        return new PerdureException(ErrorCode.ENGINE_CLOSED, "the engine is closed; open another one on the store");
    }
}
