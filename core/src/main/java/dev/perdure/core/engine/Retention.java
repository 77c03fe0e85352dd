package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.payload.EncodedStore;
import dev.perdure.core.spi.Purge;
import dev.perdure.core.spi.RunArchive;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes runs that have ended: when it is asked to, and by itself where a policy says so. Thread-safe. */
final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private final Services services;
    private boolean isClosed;
    private boolean isDue;
    private @Nullable Runnable next;
    private @Nullable Thread sweeper;

    /**
     * What is kept.
     *
     * @param age runs that ended longer ago are deleted
     * @param archive takes them before that; null for none
     */
    record Policy(Duration age, @Nullable RunArchive archive) {
        /** A tenth of the age: so much later than they could be, runs are deleted at most. */
        Duration pause() {
            Duration tenth = age.dividedBy(10);
            Duration atLeast = tenth.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : tenth;
            return atLeast.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : atLeast;
        }
    }

    Retention(Services services) {
        this.services = services;
    }

    long purge(Purge which, @Nullable RunArchive archive) {
        return which.carryOut(EncodedStore.below(services.store()), archive, this::commit);
    }

    private List<WriteResult> commit(List<Write> batch) {
        List<CompletableFuture<WriteResult>> results = new ArrayList<>();
        for (Write write : batch) {
            CompletableFuture<WriteResult> result = new CompletableFuture<>();
            results.add(result);
            services.committer().submit(write, new Acknowledged() {
                @Override
                public void committed(WriteResult done) {
                    result.complete(done);
                }

                @Override
                public void refused(PerdureException why) {
                    result.completeExceptionally(why);
                }
            });
        }
        return results.stream().map(Futures::join).toList();
    }

    /** Begins to delete by itself; null for never. */
    void open(@Nullable Policy policy) {
        if (policy != null) {
            again(policy);
        }
    }

    private synchronized void again(Policy policy) {
        if (!isClosed) {
            next = services.time().schedule(services.time().now().plus(policy.pause()), () -> fire(policy));
        }
    }

    /** On a thread of its own: a purge waits for commits, which the engine's threads have to make. */
    private synchronized void fire(Policy policy) {
        again(policy);
        isDue = !isClosed;
        if (isDue && sweeper == null) {
            sweeper = DaemonThreads.named("perdure-purge").newThread(() -> sweep(policy));
            sweeper.start();
        }
    }

    private void sweep(Policy policy) {
        while (takeDue()) {
            try {
                long deleted = purge(Purge.endedBefore(services.time().now().minus(policy.age)), policy.archive);
                if (deleted > 0) {
                    LOG.info("{}: {} runs that ended more than {} ago were deleted", store(), deleted, policy.age);
                }
            } catch (PerdureException failed) {
                LOG.warn("{}: runs could not be deleted, and are tried again later: {}", store(), failed.getMessage());
            } catch (RuntimeException broken) {
                LOG.error("{}: runs could not be deleted, and are tried again later", store(), broken);
            }
        }
    }

    /** Whether there is something to do; where not, the sweeper's time is over. */
    private synchronized boolean takeDue() {
        boolean wasDue = isDue && !isClosed;
        isDue = false;
        if (!wasDue) {
            sweeper = null;
        }
        return wasDue;
    }

    private String store() {
        return services.store().describe();
    }

    /** Starts no further sweep. One that is under way ends with the next commit that is refused. */
    synchronized void stop() {
        isClosed = true;
        if (next != null) {
            next.run();
        }
    }

    /** Waits for a sweep that is under way; the committer is closed by now. */
    @Override
    public void close() {
        Thread last;
        synchronized (this) {
            last = sweeper;
        }
        boolean wasInterrupted = false;
        while (last != null && last.isAlive()) {
            try {
                last.join();
            } catch (InterruptedException later) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
