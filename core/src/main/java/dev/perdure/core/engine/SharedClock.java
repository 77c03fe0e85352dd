package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Timekeeper;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock of an engine that shares its store: the machine's, put right by the store's where they differ by more than it takes
 * to ask. So what an engine records of time means the same to the others, and a run that one with a wrong clock left behind goes on
 * when it is due. Thread-safe.
 */
final class SharedClock extends Clock {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final Duration TOLERATED = Duration.ofMillis(100);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    private final Clock machine;
    private final Store store;
    private volatile Duration offset = Duration.ZERO;
    private volatile long lookedAt;

    private SharedClock(Clock machine, Store store) {
        this.machine = machine;
        this.store = store;
    }

    /**
     * The clock for an engine on {@code store}; asks the store what time it is.
     *
     * @throws dev.perdure.core.spi.StoreException STORE_UNAVAILABLE
     */
    static Clock of(Clock machine, Store store) {
        if (!store.isShared()) {
            return machine;
        }
        SharedClock clock = new SharedClock(machine, store);
        clock.compare();
        return clock;
    }

    /** Has a shared clock compare itself with the store's, now and then. */
    static void look(Timekeeper time) {
        if (time instanceof SystemTimekeeper system && system.clock() instanceof SharedClock shared) {
            shared.look();
        }
    }

    private void look() {
        if (System.nanoTime() - lookedAt < LOOK_EVERY.toNanos()) {
            return;
        }
        try {
            compare();
        } catch (PerdureException unavailable) {
            LOG.debug("the store could not be asked for the time: {}", unavailable.getMessage());
        }
    }

    private void compare() {
        Instant before = machine.instant();
        long began = System.nanoTime();
        Instant there = store.time().orElse(null);
        lookedAt = System.nanoTime();
        if (there != null) {
            Duration took = Duration.ofNanos(lookedAt - began);
            follow(Duration.between(before.plus(took.dividedBy(2)), there), took.plus(TOLERATED));
        }
    }

    /** Goes by the store's clock where the present one is off by more than what may be an error. */
    private void follow(Duration measured, Duration error) {
        if (measured.minus(offset).abs().compareTo(error) > 0) {
            LOG.warn(
                    "{}: this machine's clock is off by {} ms; the store's counts",
                    store.describe(),
                    -measured.toMillis());
            offset = Duration.ofMillis(measured.toMillis());
        }
    }

    @Override
    public Instant instant() {
        return machine.instant().plus(offset);
    }

    @Override
    public ZoneId getZone() {
        return machine.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return new SharedClock(machine.withZone(zone), store);
    }
}
