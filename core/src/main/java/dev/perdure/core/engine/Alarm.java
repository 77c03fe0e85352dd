package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Timekeeper;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up runs that wait in the store when they are due. However many wait, it holds one timer: for the first of them.
 *
 * <p>Thread-safe.
 */
final class Alarm {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final int MOST_AT_ONCE = 10_000;
    /** What is due stays so until its first commit, so the store is not asked again at once. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Store store;
    private final Timekeeper time;
    private final Executor pool;
    private final Taker taker;
    private @Nullable Instant armedFor;
    private @Nullable Runnable armed;
    private boolean isClosed;

    /** Takes up runs. */
    interface Taker {
        /** Takes up what is due at {@code now}; returns whether there may be more. Reads the store. */
        boolean takeUp(Instant now, int most);
    }

    Alarm(Store store, Timekeeper time, Executor pool, Taker taker) {
        this.store = store;
        this.time = time;
        this.pool = pool;
        this.taker = taker;
    }

    /** Takes up what is due, and sets itself for what is due next. Reads the store. */
    void ring() {
        Instant now = time.now();
        boolean isMore = taker.takeUp(now, MOST_AT_ONCE);
        OptionalLong next = store.nextWake(now.toEpochMilli());
        if (isMore) {
            ringSoon();
        } else if (next.isPresent()) {
            setFor(Instant.ofEpochMilli(next.getAsLong()));
        }
    }

    /** Something that is due could not be taken up. */
    void ringSoon() {
        setFor(time.now().plus(PAUSE));
    }

    /** A run was let out of memory until then. */
    synchronized void setFor(Instant wake) {
        if (isClosed || (armedFor != null && !wake.isBefore(armedFor))) {
            return;
        }
        if (armed != null) {
            armed.run();
        }
        armedFor = wake;
        armed = time.schedule(wake, this::ringOnPool);
    }

    private void ringOnPool() {
        synchronized (this) {
            armedFor = null;
            armed = null;
        }
        try {
            pool.execute(this::ringOrTryAgain);
        } catch (RejectedExecutionException closing) {
            close();
        }
    }

    private void ringOrTryAgain() {
        try {
            ring();
        } catch (PerdureException unavailable) {
            LOG.warn(
                    "the store could not be asked for runs that are due, and is asked again: {}",
                    unavailable.getMessage());
            ringSoon();
        }
    }

    synchronized void close() {
        isClosed = true;
        if (armed != null) {
            armed.run();
        }
    }
}
