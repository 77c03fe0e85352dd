package dev.perdure.core.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for runs that were let go, as long as their bodies may take. */
final class Stopping {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    /** So many runs are named in a line. */
    private static final int NAMED = 10;

    private Stopping() {}

    /** @param stopping by the run's id */
    static void await(Map<String, CompletableFuture<?>> stopping, Duration grace) {
        CompletableFuture<?>[] stops = stopping.values().toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(stops).get(grace.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException abandoned) {
            tellAbandoned(stopping, grace);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("stopping a run never fails", impossible);
        }
    }

    private static void tellAbandoned(Map<String, CompletableFuture<?>> stopping, Duration grace) {
        List<String> left = stopping.entrySet().stream()
                .filter(run -> !run.getValue().isDone())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        String unnamed = left.size() > NAMED ? " and " + (left.size() - NAMED) + " more" : "";
        LOG.warn(
                "these runs did not stop within {} of the engine's close and are abandoned, since a body goes on or the store does"
                        + " not answer; what is recorded of them stays: {}{}",
                grace,
                String.join(", ", left.subList(0, Math.min(NAMED, left.size()))),
                unnamed);
    }

    static CompletableFuture<Void> within(CompletableFuture<Void> stopped, Duration grace) {
        return stopped.completeOnTimeout(null, grace.toMillis(), TimeUnit.MILLISECONDS);
    }
}
