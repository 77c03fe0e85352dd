package dev.perdure.core.engine;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A mailbox drained on a shared pool: what is put in runs in order, one at a time, each with the effects of those before it
 * visible.
 */
final class Strand {
    private final Executor pool;
    private final ConcurrentLinkedQueue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    Strand(Executor pool) {
        this.pool = pool;
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
                task.run();
            }
        } while (waiting.decrementAndGet() > 0);
    }
}
