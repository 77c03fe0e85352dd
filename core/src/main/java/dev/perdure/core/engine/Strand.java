package dev.perdure.core.engine;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A mailbox drained on a shared pool: what is put in runs in order, one at a time, each with the effects of those before it
 * visible.
 *
 * <p>A thread that has emptied the mailbox does by itself what would otherwise be for another thread: that saves the way there
 * and back.
 */
final class Strand {
    /** What a thread does that has nothing else to do for the strand. */
    interface Idle {
        /** Whether there is anything. */
        boolean hasWork();

        /** Does it, which may put more into mailboxes, and may take as long as a commit does. */
        void work();
    }

    /** What may take long, and can be done on any thread, with the strand free for others. */
    interface Errand {
        /** Has another thread do it. */
        void handOver();

        /**
         * Does it on this thread.
         *
         * @return whether the thread has {@linkplain #enqueue put something in} that is its own to run
         */
        boolean doHere();
    }

    /** How long a thread waits for bodies that other threads were just given, before it commits what there is without them. */
    private static final long PATIENCE_NANOS = 20_000;

    private final Executor pool;
    private final Idle idle;
    private final Consumer<Throwable> onFailure;
    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    /** What was given last; confined to the strand. */
    private @Nullable Errand errand;
    /** Whether others were given something, and have not kept this strand waiting in vain since; confined to the strand. */
    private boolean isExpecting;

    /**
     * @param idle is asked when there is nothing to do for the moment
     * @param onFailure hears what a task threw; the tasks behind it still run, so that nothing waits for ever
     */
    Strand(Executor pool, Idle idle, Consumer<Throwable> onFailure) {
        this.pool = pool;
        this.idle = idle;
        this.onFailure = onFailure;
    }

    void execute(Runnable task) {
        if (enqueue(task)) {
            onPool();
        }
    }

    /** As {@link #execute}, by a thread of the pool that has nothing else to do. */
    void executeHere(Runnable task) {
        if (enqueue(task)) {
            drain();
        }
    }

    /**
     * As {@link #execute}, by a thread that has nothing else to do until {@code isOver}. Of errands it does the one that the task
     * itself gives: any other is somebody else's, who could hold this thread up.
     */
    void executeUntil(BooleanSupplier isOver, Runnable task) {
        boolean isMine = enqueue(task);
        while (isMine && !isOver.getAsBoolean()) {
            boolean isOfTask = doNext() == task;
            isMine = goOn(isOfTask && !isOver.getAsBoolean());
        }
        if (isMine) {
            onPool();
        }
    }

    /** As {@link #execute}, but returns whether nobody is draining: then the calling thread has to return from its errand to do so. */
    boolean enqueue(Runnable task) {
        mailbox.add(task);
        return waiting.getAndIncrement() == 0;
    }

    /** Has something done soon; on this thread if there is nothing else to do before. Called on the strand. */
    void give(Errand another) {
        handOver();
        errand = another;
    }

    private void handOver() {
        Errand given = errand;
        errand = null;
        if (given != null) {
            isExpecting = true;
            run(given::handOver);
        }
    }

    private void onPool() {
        try {
            pool.execute(this::drain);
        } catch (RejectedExecutionException engineIsClosed) {
            // What was durable is; what came later belongs to the next engine, which sees it as not recorded.
            mailbox.clear();
        }
    }

    private void drain() {
        boolean isMine = true;
        while (isMine) {
            doNext();
            isMine = goOn(true);
        }
    }

    /** Does what came next, and returns it; null for nothing. */
    private @Nullable Runnable doNext() {
        Runnable task = mailbox.poll();
        if (task != null) {
            run(task);
        }
        if (mailbox.isEmpty() && idle.hasWork()) {
            handOver();
            if (!isMoreComing()) {
                run(idle::work);
            }
        }
        return task;
    }

    /**
     * Bodies that were started together and do little end together: one commit for all of them is worth a moment. Those that take
     * longer are waited for in vain once, and not again until more are started.
     */
    private boolean isMoreComing() {
        if (isExpecting) {
            long until = System.nanoTime() + PATIENCE_NANOS;
            while (mailbox.isEmpty() && System.nanoTime() - until < 0) {
                Thread.onSpinWait();
            }
            isExpecting = !mailbox.isEmpty();
        }
        return isExpecting;
    }

    /** Gives the strand up if nothing is left. Returns whether this thread has it. */
    private boolean goOn(boolean doesErrands) {
        if (!doesErrands) {
            handOver();
        }
        Errand last = waiting.get() == 1 ? errand : null;
        if (last == null) {
            return waiting.decrementAndGet() > 0;
        }
        errand = null;
        if (waiting.decrementAndGet() > 0) {
            run(last::handOver);
            return true;
        }
        return last.doHere();
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable thrown) { // a defect, or the JVM is out of memory
            onFailure.accept(thrown);
        }
    }
}
