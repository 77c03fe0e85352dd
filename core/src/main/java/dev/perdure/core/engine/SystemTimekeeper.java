package dev.perdure.core.engine;

import dev.perdure.core.spi.Timekeeper;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The machine's clock, or one that stands for it, with one thread for all timers. */
final class SystemTimekeeper implements Timekeeper {
    static final Clock MACHINE = Clock.systemUTC();
    /** A far timer is looked at again this often, so that a clock that is set, or a laptop that slept, is noticed. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final Clock clock;
    private final ScheduledThreadPoolExecutor timer;

    SystemTimekeeper() {
        this(MACHINE);
    }

    SystemTimekeeper(Clock clock) {
        this.clock = clock;
        timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("perdure-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    Clock clock() {
        return clock;
    }

    @Override
    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Runnable schedule(Instant due, Runnable action) {
        Timer entry = new Timer(due, action);
        entry.arm();
        return entry::cancel;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    private final class Timer implements Runnable {
        private final Instant due;
        private final Runnable action;
        private boolean isCancelled;
        private @Nullable ScheduledFuture<?> pending;

        Timer(Instant due, Runnable action) {
            this.due = due;
            this.action = action;
        }

        synchronized void arm() {
            if (isCancelled || timer.isShutdown()) {
                return;
            }
            Duration left = Duration.between(now(), due);
            Duration wait = left.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : left;
            pending = timer.schedule(this, Math.max(0, wait.toMillis()), TimeUnit.MILLISECONDS);
        }

        @Override
        public void run() {
            if (now().isBefore(due)) {
                arm();
            } else {
                action.run();
            }
        }

        synchronized void cancel() {
            isCancelled = true;
            ScheduledFuture<?> armed = pending;
            if (armed != null) {
                armed.cancel(false);
            }
        }
    }
}
