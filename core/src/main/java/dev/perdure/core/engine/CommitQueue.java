package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be committed, in the order in which it came, and who commits now. Thread-safe; blocks where it says so.
 *
 * <p>One batch is under way, or one by each lane where the store has several. Another one is begun beside one under way where it
 * makes no difference which of them is durable first, and where it is as large: what is less is worth no commit of its own, and goes
 * with the next one. Whoever takes a batch has its lane until it is {@link #committed}, and tells those who wait for it when those have
 * been told who waited for the batches that were committed before.
 */
final class CommitQueue {
    private static final int MAX_BATCH = 1_000;

    private final boolean isEager;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hasWork = lock.newCondition();
    private final Condition isFree = lock.newCondition();
    private final ArrayDeque<PendingWrite> waiting = new ArrayDeque<>();
    /** By lane; null where none is under way. */
    private final @Nullable CommitBatch[] underWay;
    /** What the committer's thread has to see to; their lanes are not free until then. */
    private final List<CommitBatch> troubled = new ArrayList<>();
    /** Who alone commits, where that is neither the committer's thread nor one that ran out of work. */
    private @Nullable TurnHolder holder;
    /** How many wait to become that. */
    private int takers;
    /** Nothing of what waited has been committed with the last turn, or since then: it goes before the next turn. */
    private boolean isPassedOver;
    /** How many batches were committed, and of how many those who waited for them have been told. */
    private long committed;

    private long told;

    private boolean isClosing;
    private @Nullable PerdureException failure;

    /**
     * @param lanes how many commits there may be at once
     * @param isEager whether the next batch is begun while those are told who waited for the one before: worth another thread
     *     where somebody else does most of the work of a commit, as a server does
     */
    CommitQueue(int lanes, boolean isEager) {
        this.underWay = new CommitBatch[lanes];
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
                if (isAlone && hasBatch()) {
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

    /** Whether there is something to be committed now. */
    boolean hasBatch() {
        lock.lock();
        try {
            return freeLane() >= 0 && mayBegin(least()) > 0;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what is to be committed now, with a lane; null where there is nothing, or none is free for it. */
    @Nullable
    CommitBatch poll() {
        lock.lock();
        try {
            int lane = freeLane();
            int count = lane < 0 ? 0 : mayBegin(MAX_BATCH);
            if (count == 0) {
                return null;
            }
            CommitBatch batch = CommitBatch.of(lane, first(count), underWay.length > 1);
            isPassedOver = false;
            underWay[lane] = batch;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for something to commit, or for trouble to see to; null when the committer is closing and nothing is left. */
    @Nullable
    CommitBatch await() {
        lock.lock();
        try {
            CommitBatch next = next();
            while (next == null && !isOver()) {
                hasWork.awaitUninterruptibly();
                next = next();
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable CommitBatch next() {
        return troubled.isEmpty() ? poll() : troubled.remove(0);
    }

    private boolean isOver() {
        return isClosing && waiting.isEmpty() && isIdle();
    }

    private boolean isIdle() {
        boolean isIdle = holder == null && told == committed;
        for (CommitBatch batch : underWay) {
            isIdle &= batch == null;
        }
        return isIdle;
    }

    private int freeLane() {
        int lane = 0;
        while (lane < underWay.length && underWay[lane] != null) {
            lane++;
        }
        return lane < underWay.length ? lane : -1;
    }

    /**
     * How many of those that wait longest may be committed now; it does not count beyond {@code most}. None while somebody waits for
     * the turn, who would not get it where one batch follows the other: what waits is committed with what that one records, or, where
     * that comes to nothing, after it.
     */
    private int mayBegin(int most) {
        int least = least();
        if (holder != null || failure != null || (takers > 0 && !isPassedOver) || waiting.size() < least) {
            return 0;
        }
        int count = 0;
        Iterator<PendingWrite> next = waiting.iterator();
        while (count < most && next.hasNext() && isApart(next.next())) {
            count++;
        }
        return count < least ? 0 : count;
    }

    private boolean isApart(PendingWrite request) {
        boolean isApart = true;
        for (CommitBatch other : underWay) {
            isApart &= other == null || other.isApartFrom(request.write());
        }
        return isApart;
    }

    private int least() {
        int least = 1;
        for (CommitBatch other : underWay) {
            least = other == null ? least : Math.max(least, other.requests().size());
        }
        return Math.min(least, MAX_BATCH);
    }

    private List<PendingWrite> first(int count) {
        List<PendingWrite> taken = new ArrayList<>(count);
        while (taken.size() < count) {
            taken.add(waiting.remove());
        }
        return taken;
    }

    /** The batch that has the lane is durable. Returns its number, by which those who wait for it are told. */
    long committed(int lane) {
        lock.lock();
        try {
            committed++;
            if (isEager) {
                free(lane);
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
    void told(int lane, long number) {
        lock.lock();
        try {
            told = number;
            if (isEager) {
                signal();
            } else {
                free(lane);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives the lane up, with nothing to tell anybody. */
    void giveUp(int lane) {
        lock.lock();
        try {
            free(lane);
        } finally {
            lock.unlock();
        }
    }

    private void free(int lane) {
        underWay[lane] = null;
        signal();
    }

    private void signal() {
        isFree.signalAll();
        if (isClosing || hasBatch()) {
            hasWork.signal();
        }
    }

    /** Has the committer's thread see to a batch, with its lane. Returns why it is refused; null where it is not. */
    @Nullable
    PerdureException hand(CommitBatch batch) {
        lock.lock();
        try {
            if (failure == null) {
                troubled.add(batch);
                hasWork.signal();
            } else {
                free(batch.lane());
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
            takers++;
            while (refusal() == null && (!isIdle() || (isPassedOver && !waiting.isEmpty()))) {
                isFree.await();
            }
            PerdureException refusal = refusal();
            if (refusal != null) {
                throw refusal;
            }
            holder = taker;
            isPassedOver = true;
        } finally {
            takers--;
            signal();
            lock.unlock();
        }
    }

    /** Idempotent; does nothing for who does not have the turn. */
    void giveBack(TurnHolder given) {
        lock.lock();
        try {
            if (holder == given) {
                holder = null;
                signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes what waits, for who has the turn. */
    List<PendingWrite> takeWaiting() {
        lock.lock();
        try {
            isPassedOver = false;
            return first(Math.min(waiting.size(), MAX_BATCH));
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
            isPassedOver = true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what is not to wait until the store can be reached again. */
    List<PendingWrite> takeImpatient() {
        lock.lock();
        try {
            List<PendingWrite> impatient = new ArrayList<>();
            troubled.forEach(batch ->
                    batch.requests().stream().filter(PendingWrite::isImpatient).forEach(impatient::add));
            troubled.replaceAll(CommitBatch::patient);
            waiting.stream().filter(PendingWrite::isImpatient).forEach(impatient::add);
            waiting.removeIf(PendingWrite::isImpatient);
            return impatient;
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
            List<PendingWrite> refused = new ArrayList<>();
            for (CommitBatch batch : troubled) {
                underWay[batch.lane()] = null;
                refused.addAll(batch.requests());
            }
            troubled.clear();
            refused.addAll(waiting);
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
