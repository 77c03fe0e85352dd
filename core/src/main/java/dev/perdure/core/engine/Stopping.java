package dev.perdure.core.engine;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for runs that were let go, as long as their bodies may take. */
final class Stopping {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private Stopping() {}

    static void await(List<CompletableFuture<?>> stopping, Duration grace) {
        CompletableFuture<?>[] stops = stopping.toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(stops).get(grace.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException abandoned) {
            LOG.warn("bodies did not end within {} of the engine's close; they are abandoned", grace);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("stopping a run never fails", impossible);
        }
    }

    static CompletableFuture<Void> within(CompletableFuture<Void> stopped, Duration grace) {
        return stopped.completeOnTimeout(null, grace.toMillis(), TimeUnit.MILLISECONDS);
    }
}
