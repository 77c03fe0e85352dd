package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be committed, and whose turn that is. Thread-safe; blocks where it says so.
 *
 * <p>Whoever takes a batch has the turn until it is {@link #committed}, and tells those who wait for it when those have been told
 * who waited for the batches before it: they hear in the order in which they came.
 */
final class CommitQueue {
    private static final int MAX_BATCH = 1_000;

    private final boolean isEager;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hasWork = lock.newCondition();
    private final Condition isFree = lock.newCondition();
    private final ArrayDeque<PendingWrite> waiting = new ArrayDeque<>();
    /** Somebody has the turn. */
    private boolean isBusy;
    /** Who has the turn, where that is neither the committer's thread nor one that ran out of work. */
    private @Nullable TurnHolder holder;
    /** What the committer's thread has to see to before anything else is committed; it has the turn until then. */
    private @Nullable CommitBatch troubled;
    /** How many batches were committed, and of how many those who waited for them have been told. */
    private long committed;

    private long told;

    private boolean isClosing;
    private @Nullable PerdureException failure;

    /**
     * @param isEager whether the next batch is begun while those are told who waited for the one before: worth another thread
     *     where somebody else does most of the work of a commit, as a server does
     */
    CommitQueue(boolean isEager) {
        this.isEager = isEager;
    }

    /**
     * Returns why it is refused; null where it is not.
     *
     * @param isAlone whether whoever adds it does not ask for a batch afterwards
     */
    @Nullable
    PerdureException add(PendingWrite request, boolean isAlone) {
        lock.lock();
        try {
            PerdureException refusal = refusal();
            if (refusal == null) {
                waiting.add(request);
                if (isAlone && !isBusy) {
                    hasWork.signal();
                }
            }
            return refusal;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable PerdureException refusal() {
        return failure != null ? failure : isClosing ? Refusals.closed() : null;
    }

    boolean hasBatch() {
        lock.lock();
        try {
            return !isBusy && !waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Takes what waits, with the turn; null where nothing does, or somebody else has that. */
    @Nullable
    CommitBatch poll() {
        lock.lock();
        try {
            if (isBusy || waiting.isEmpty()) {
                return null;
            }
            isBusy = true;
            return new CommitBatch(drain(), null);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for something to commit, or for trouble to see to; null when the committer is closing and nothing is left. */
    @Nullable
    CommitBatch await() {
        lock.lock();
        try {
            while (troubled == null && !hasBatch() && !isOver()) {
                hasWork.awaitUninterruptibly();
            }
            CommitBatch met = troubled;
            troubled = null;
            return met == null ? poll() : met;
        } finally {
            lock.unlock();
        }
    }

    private boolean isOver() {
        return isClosing && waiting.isEmpty() && isIdle();
    }

    private boolean isIdle() {
        return !isBusy && told == committed;
    }

    private List<PendingWrite> drain() {
        List<PendingWrite> batch = new ArrayList<>(Math.min(waiting.size(), MAX_BATCH));
        while (!waiting.isEmpty() && batch.size() < MAX_BATCH) {
            batch.add(waiting.remove());
        }
        return batch;
    }

    /** The batch that has the turn is durable. Returns its number, by which those who wait for it are told. */
    long committed() {
        lock.lock();
        try {
            committed++;
            if (isEager) {
                free();
            }
            return committed;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until those have been told who waited for the batches up to this one. */
    void awaitTold(long number) {
        lock.lock();
        try {
            while (told < number) {
                isFree.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Those who waited for the batch have been told. */
    void told(long number) {
        lock.lock();
        try {
            told = number;
            if (isEager) {
                signal();
            } else {
                free();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives the turn up, with nothing to tell anybody. */
    void giveUpTurn() {
        lock.lock();
        try {
            free();
        } finally {
            lock.unlock();
        }
    }

    private void free() {
        isBusy = false;
        signal();
    }

    private void signal() {
        isFree.signalAll();
        if (isClosing || (!isBusy && !waiting.isEmpty())) {
            hasWork.signal();
        }
    }

    /** Has the committer's thread see to a batch, with the turn. Returns why it is refused; null where it is not. */
    @Nullable
    PerdureException hand(CommitBatch batch) {
        lock.lock();
        try {
            if (failure == null) {
                troubled = batch;
                hasWork.signal();
            } else {
                free();
            }
            return failure;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nobody is committing or telling; from then on only {@code taker} does, until it gives the turn back. */
    void takeTurn(TurnHolder taker) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (refusal() == null && !isIdle()) {
                isFree.await();
            }
            PerdureException refusal = refusal();
            if (refusal != null) {
                throw refusal;
            }
            isBusy = true;
            holder = taker;
        } finally {
            lock.unlock();
        }
    }

    /** Idempotent; does nothing for who does not have the turn. */
    void giveBack(TurnHolder given) {
        lock.lock();
        try {
            if (holder == given) {
                holder = null;
                free();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes what waits, for who has the turn. */
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
                waiting.addFirst(requests.get(i));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits so long; false where the committer closes, after which nothing is to be tried again. */
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

    /**
     * Takes nothing any more, once those have been told who waited for what was committed. Returns what is refused with it: nothing
     * may be durable without what was submitted before it.
     */
    List<PendingWrite> fail(PerdureException why) {
        lock.lock();
        try {
            awaitTold(committed);
            failure = why;
            List<PendingWrite> refused = List.copyOf(waiting);
            waiting.clear();
            isFree.signalAll();
            return refused;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing new. Returns who has the turn; null for nobody. */
    @Nullable
    TurnHolder close() {
        lock.lock();
        try {
            isClosing = true;
            hasWork.signalAll();
            isFree.signalAll();
            return holder;
        } finally {
            lock.unlock();
        }
    }
}
