package dev.perdure.core.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Runs that were given a place and are to be taken up. Those that come while others are being read are read together, since what
 * it costs to ask the store is more than what a short run does. Thread-safe.
 */
final class LoadQueue {
    /** So few that their journals fit into memory at once. */
    private static final int MOST_AT_ONCE = 32;
    /** A long journal must not keep all others waiting. */
    private static final int LOADERS = Math.max(2, Runtime.getRuntime().availableProcessors());

    private final Executor pool;
    private final Consumer<List<String>> load;
    private final Consumer<String> onRejected;
    private final Queue<String> waiting = new ArrayDeque<>();
    private int loaders;

    /**
     * @param load takes some runs up, by a thread of the pool
     * @param onRejected is told of runs that the pool does not take any more
     */
    LoadQueue(Executor pool, Consumer<List<String>> load, Consumer<String> onRejected) {
        this.pool = pool;
        this.load = load;
        this.onRejected = onRejected;
    }

    void add(List<String> runIds) {
        int more;
        synchronized (this) {
            waiting.addAll(runIds);
            more = Math.min(LOADERS, loaders + waiting.size()) - loaders;
            loaders += Math.max(0, more);
        }
        for (int i = 0; i < more; i++) {
            onPool();
        }
    }

    /** A loader begins, or goes on when others had their turn. */
    private void onPool() {
        try {
            pool.execute(this::loadSome);
        } catch (RejectedExecutionException closing) {
            take(Integer.MAX_VALUE).forEach(onRejected);
        }
    }

    private void loadSome() {
        List<String> some = take(MOST_AT_ONCE);
        if (!some.isEmpty()) {
            try {
                load.accept(some);
            } finally { // an Error is that of these runs; the others are taken up all the same
                onPool();
            }
        }
    }

    /** What a loader does next; it is none any more if that is nothing, or everything. */
    private synchronized List<String> take(int most) {
        List<String> taken = new ArrayList<>(Math.min(most, waiting.size()));
        while (taken.size() < most && !waiting.isEmpty()) {
            taken.add(waiting.remove());
        }
        if (taken.isEmpty() || most == Integer.MAX_VALUE) {
            loaders--;
        }
        return taken;
    }
}
