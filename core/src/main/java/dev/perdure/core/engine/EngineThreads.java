package dev.perdure.core.engine;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An engine's own threads.
 *
 * @param strands work on runs, where that is not done near their bodies
 * @param pool does the rest: looks at the store, takes runs up, and tells callers, who may keep its threads
 */
record EngineThreads(ExecutorService strands, ExecutorService pool) {
    /** How many work on runs beside those that compute: as many as may wait for the store, one for each of its lanes. */
    private static final int COMMITTING = 2;

    static EngineThreads start() {
        int computing = Math.max(2, Runtime.getRuntime().availableProcessors());
        return new EngineThreads(
                Executors.newFixedThreadPool(computing + COMMITTING, DaemonThreads.named("perdure-run")),
                Executors.newFixedThreadPool(computing, DaemonThreads.named("perdure")));
    }

    /** What they were given before is still done. */
    void end() {
        strands.shutdown();
        pool.shutdown();
    }
}
