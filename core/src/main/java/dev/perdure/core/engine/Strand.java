package dev.perdure.core.engine;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A mailbox drained on a shared pool: what is put in runs in order, one at a time, each with the effects of those before it
 * visible.
 */
final class Strand {
    private final Executor pool;
    private final Runnable whenIdle;
    private final Consumer<Throwable> onFailure;
    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * @param whenIdle is run when there is nothing to do for the moment; it may put more in
     * @param onFailure hears what a task threw; the tasks behind it still run, so that nothing waits for ever
     */
    Strand(Executor pool, Runnable whenIdle, Consumer<Throwable> onFailure) {
        this.pool = pool;
        this.whenIdle = whenIdle;
        this.onFailure = onFailure;
    }

    void execute(Runnable task) {
        mailbox.add(task);
        if (waiting.getAndIncrement() == 0) {
            try {
                pool.execute(this::drain);
            } catch (RejectedExecutionException engineIsClosed) {
                // What was durable is; what came later belongs to the next engine, which sees it as not recorded.
                mailbox.clear();
            }
        }
    }

    private void drain() {
        do {
            Runnable task = mailbox.poll();
            if (task != null) {
                run(task);
            }
            if (mailbox.isEmpty()) {
                run(whenIdle);
            }
        } while (waiting.decrementAndGet() > 0);
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable thrown) { // a defect, or the JVM is out of memory
            onFailure.accept(thrown);
        }
    }
}
