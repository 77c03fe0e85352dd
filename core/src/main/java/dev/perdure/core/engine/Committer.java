package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: everything that waits is committed as one transaction, and those who wait are told, in the order in which they
 * came; where the store has several lanes, in the order in which that is durable. So a lone sequential run pays one commit for
 * each step, and many runs share one.
 *
 * <p>A thread that has run out of work commits by itself what waits, if nobody else is at it: that saves the way to another
 * thread and back. What comes meanwhile is for the committer's own thread, which also deals with trouble.
 *
 * <p>While the store is out of reach, what is to be recorded is kept and tried again; only new starts are refused. A batch
 * may be repeated because every write is idempotent.
 */
final class Committer implements Strand.Idle, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private final Store store;
    private final Lease lease;
    private final List<SureCommits> lanes;
    private final CommitQueue queue;
    private final Troubles troubles;
    private final Thread thread;

    Committer(Store store, Lease lease, Troubles troubles) {
        this.store = store;
        this.lease = lease;
        this.lanes = IntStream.range(0, store.lanes())
                .mapToObj(lane -> new SureCommits(store, lease, lane))
                .toList();
        this.queue = new CommitQueue(lanes.size(), store.isShared());
        this.troubles = troubles;
        this.thread = DaemonThreads.named("perdure-commit").newThread(this::run);
    }

    void start() {
        thread.start();
    }

    /** Queues a write; a run's writes become durable in the order in which they are submitted. Does not block. */
    void submit(Write write, Acknowledged acknowledged) {
        submit(write, acknowledged, true);
    }

    /** As {@link #submit}, by a thread that will {@link #work}. */
    void prepare(Write write, Acknowledged acknowledged) {
        submit(write, acknowledged, false);
    }

    private void submit(Write write, Acknowledged acknowledged, boolean isAlone) {
        PerdureException refusal = queue.add(new PendingWrite(write, acknowledged), isAlone);
        if (refusal != null) {
            acknowledged.refused(refusal);
        }
    }

    @Override
    public boolean hasWork() {
        return queue.hasBatch();
    }

    /** Commits what waits, here and now, unless somebody is committing, who will see to the rest. */
    @Override
    public void work() {
        CommitBatch batch = queue.poll();
        if (batch == null) {
            return;
        }
        List<WriteResult> results;
        try {
            results = lanes.get(batch.lane()).commit(batch.requests());
        } catch (RuntimeException | Error trouble) { // the thread whose task that is deals with it
            PerdureException refusal = queue.hand(batch.met(trouble));
            if (refusal != null) {
                refuse(batch.requests(), refusal);
            }
            return;
        }
        finish(batch.lane(), batch.requests(), results);
    }

    /** Gives the lane up and tells those who waited. */
    private void finish(int lane, List<PendingWrite> batch, List<WriteResult> results) {
        long number = queue.committed(lane);
        queue.awaitTold(number - 1);
        try {
            tell(batch, results);
        } finally {
            queue.told(lane, number);
        }
    }

    /** Waits until nobody is committing; from then on only {@code taker} does, until it gives the turn back. */
    void takeTurn(TurnHolder taker) throws InterruptedException {
        queue.takeTurn(taker);
    }

    /** Waits so long before something is tried again; false where the committer closes, after which nothing is to be. */
    boolean pause(long millis) throws InterruptedException {
        return queue.pause(millis);
    }

    /** Takes what waits, for who has the turn and will {@link #tell} about it or {@link #putBack} it. */
    List<PendingWrite> takeWaiting() {
        return queue.takeWaiting();
    }

    /** Has committed again first what was taken and is not durable. */
    void putBack(List<PendingWrite> requests) {
        queue.putBack(requests);
    }

    /** Idempotent; does nothing for who does not have the turn. */
    void giveBack(TurnHolder given) {
        queue.giveBack(given);
    }

    Lease lease() {
        return lease;
    }

    void tell(List<PendingWrite> batch, List<WriteResult> results) {
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).answer(results.get(i), store);
        }
    }

    private void run() {
        CommitBatch batch = queue.await();
        while (batch != null) {
            try {
                commit(batch);
            } catch (RuntimeException | Error fatal) {
                fail(batch.requests(), fatal);
                return;
            }
            batch = queue.await();
        }
    }

    private void commit(CommitBatch given) {
        List<PendingWrite> batch = given.requests();
        Throwable met = given.trouble();
        long pause = 0;
        while (!batch.isEmpty()) {
            List<WriteResult> results;
            try {
                throwIfAny(met);
                results = lanes.get(given.lane()).commit(batch);
            } catch (StoreException unavailable) {
                met = null;
                if (!unavailable.isTransient()) {
                    throw unavailable;
                }
                if (pause == 0) {
                    LOG.warn("{}; what is to be recorded is kept in memory and tried again", unavailable.getMessage());
                    troubles.unavailable(unavailable);
                }
                List<PendingWrite> impatient =
                        queue.takeImpatient(); // who is refused may ask again, and is not meant then
                refuse(batch.stream().filter(PendingWrite::isImpatient).toList(), unavailable);
                refuse(impatient, unavailable);
                batch = batch.stream().filter(request -> !request.isImpatient()).toList();
                pause = Math.min(LONGEST_PAUSE_MILLIS, Math.max(FIRST_PAUSE_MILLIS, pause * 2));
                if (!pauseUnlessClosing(pause)) {
                    giveUp(batch, unavailable);
                    batch = List.of();
                }
                continue;
            }
            if (pause > 0) {
                LOG.info("{} takes commits again", store.describe());
                troubles.recovered();
            }
            finish(given.lane(), batch, results);
            return;
        }
        queue.giveUp(given.lane());
    }

    private static void throwIfAny(@Nullable Throwable trouble) {
        if (trouble instanceof RuntimeException known) {
            throw known;
        }
        if (trouble instanceof Error fatal) {
            throw fatal;
        }
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

    private void giveUp(List<PendingWrite> batch, PerdureException why) {
        List<PendingWrite> rest = queue.fail(why);
        refuse(batch, why);
        refuse(rest, why);
    }

    private static void refuse(List<PendingWrite> requests, PerdureException why) {
        requests.forEach(request -> request.acknowledged().refused(why));
    }

    /** Commits what is queued, then stops. While the store is out of reach, what is queued is given up: it was never durable. */
    @Override
    public void close() {
        TurnHolder held = queue.close();
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
