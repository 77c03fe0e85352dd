package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.EngineIdentity;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Timekeeper;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's right to own runs. Where it is lost in a store that engines share, the runs are let go, and the engine goes on
 * with a new lease; what still comes of the old runs goes to a committer that refuses it. Elsewhere a loss is for good.
 * Thread-safe.
 */
final class Tenures {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Member member;
    private final Store store;
    private final Holder holder;
    private Tenure current;
    /** Completes with the tenure after the current one; null while that is held. */
    private @Nullable CompletableFuture<Tenure> awaited;

    private @Nullable PerdureException ended;

    /** The engine as one of those that own the store's runs, and what it does this with. */
    record Member(Store store, EngineIdentity identity, Timekeeper time, Executor pool) {}

    /** The engine, as far as its right to own runs matters to it. Called on any thread. */
    interface Holder extends Troubles {
        /** The lease is lost: nothing of the runs can be recorded any more. */
        void lost(PerdureException why);

        /** The engine has a lease again, without any runs. */
        void regained();
    }

    Tenures(Member member, Lease first, Holder holder) {
        this.member = member;
        this.store = member.store();
        this.holder = holder;
        this.current = tenure(first);
    }

    private Tenure tenure(Lease lease) {
        Committer[] own = new Committer[1];
        own[0] = new Committer(store, lease, new Troubles() {
            @Override
            public void unavailable(StoreException why) {
                holder.unavailable(why);
            }

            @Override
            public void recovered() {
                holder.recovered();
            }

            @Override
            public void failedForGood(PerdureException why) {
                if (lossIn(why) == null) {
                    holder.failedForGood(why);
                } else {
                    lost(own[0], why);
                }
            }
        });
        return new Tenure(lease, own[0]);
    }

    synchronized Tenure current() {
        return current;
    }

    /** The loss of a lease that the engine may get back, if that is what went wrong; null where it is not. */
    @Nullable
    PerdureException lossIn(Throwable why) {
        boolean isLoss =
                store.isShared() && why instanceof PerdureException known && known.code() == ErrorCode.OWNERSHIP_LOST;
        return isLoss ? (PerdureException) why : null;
    }

    /** Sees to the loss of a lease, if that is what {@code failed} says. */
    boolean isLoss(Tenure under, RuntimeException failed) {
        PerdureException loss = lossIn(failed);
        if (loss != null) {
            lost(under.committer(), loss);
        }
        return loss != null;
    }

    /** Somebody met the loss of a lease; only the first one counts. */
    void lost(Committer under, PerdureException why) {
        synchronized (this) {
            if (ended != null || awaited != null || current.committer() != under) {
                return;
            }
            awaited = new CompletableFuture<>();
        }
        LOG.warn("{}: {} its runs are let go, and it asks for a new lease", ErrorCode.OWNERSHIP_LOST, why.getMessage());
        holder.lost(why);
        onPool(() -> {
            under.close();
            acquire();
        });
    }

    private void acquire() {
        Lease lease;
        try {
            lease = store.acquire(member.identity());
        } catch (StoreException unavailable) {
            LOG.warn("no new lease could be had, and is asked for again: {}", unavailable.getMessage());
            Instant soon = member.time().now().plus(PAUSE);
            Runnable unused = member.time().schedule(soon, () -> onPool(this::acquire));
            return;
        }
        Tenure next = tenure(lease);
        CompletableFuture<Tenure> waiting;
        synchronized (this) {
            waiting = ended == null ? awaited : null;
            if (waiting != null) {
                current = next;
                awaited = null;
            }
        }
        if (waiting == null) {
            store.release(lease);
            return;
        }
        next.committer().start();
        holder.regained();
        waiting.complete(next);
    }

    private void onPool(Runnable work) {
        try {
            member.pool().execute(work);
        } catch (RejectedExecutionException closing) {
            LOG.debug("the engine closes, and needs no lease any more");
        }
    }

    /** Makes a call that owns no run, and once more when the lease was lost under it and there is a new one. */
    <T> CompletableFuture<T> again(Supplier<CompletableFuture<T>> call) {
        if (!store.isShared()) {
            return call.get();
        }
        Tenure under = current();
        return call.get().exceptionallyCompose(failed -> {
            PerdureException loss = lossIn(Futures.cause(failed));
            if (loss == null) {
                return CompletableFuture.failedFuture(failed);
            }
            lost(under.committer(), loss); // its committer refuses what it has before it says so
            return following().thenCompose(next -> again(call));
        });
    }

    private synchronized CompletableFuture<Tenure> following() {
        if (ended != null) {
            return CompletableFuture.failedFuture(ended);
        }
        return awaited == null ? CompletableFuture.completedFuture(current) : awaited.copy();
    }

    /** There will be no further tenure; what waits for one fails. */
    void end(PerdureException why) {
        CompletableFuture<Tenure> waiting;
        synchronized (this) {
            ended = why;
            waiting = awaited;
        }
        if (waiting != null) {
            waiting.completeExceptionally(why);
        }
    }
}
