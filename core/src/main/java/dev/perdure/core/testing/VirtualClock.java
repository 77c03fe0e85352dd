package dev.perdure.core.testing;

import dev.perdure.core.spi.Timekeeper;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A clock that stands still until it is moved, so that a workflow that waits for days is tested in no time.
 *
 * <pre>{@code
 * VirtualClock clock = new VirtualClock();
 * Engine engine = Engine.builder(new MemoryStore()).clock(clock).register(workflow).open();
 * clock.awaitTimer(Duration.ofDays(3));  // the run waits
 * clock.advance(Duration.ofDays(3));     // its timer comes due
 * }</pre>
 *
 * <p>Thread-safe. It may be handed to one engine after the other: closing it drops the timers of the engine that closed.
 */
public final class VirtualClock implements Timekeeper {
    private final List<Timer> timers = new ArrayList<>();
    private Instant now;
    private long sequence;

    private record Timer(Instant due, long sequence, Runnable action) {}

    /** A clock that shows the first instant of the year 2030 (UTC). */
    public VirtualClock() {
        this(Instant.parse("2030-01-01T00:00:00Z"));
    }

    public VirtualClock(Instant start) {
        now = start;
    }

    @Override
    public synchronized Instant now() {
        return now;
    }

    @Override
    public synchronized long nanoTime() {
        return Duration.between(Instant.EPOCH, now).toNanos();
    }

    @Override
    public Runnable schedule(Instant due, Runnable action) {
        Timer timer;
        synchronized (this) {
            if (due.isAfter(now)) {
                sequence++;
                timer = new Timer(due, sequence, action);
                timers.add(timer);
                notifyAll();
                return () -> cancel(timer);
            }
        }
        action.run();
        return () -> {};
    }

    private synchronized void cancel(Timer timer) {
        timers.remove(timer);
        notifyAll();
    }

    /** Moves the clock and calls, on this thread and in order of time, what comes due on the way. */
    public void advance(Duration by) {
        Instant target = now().plus(by);
        Optional<Timer> next = takeDue(target);
        while (next.isPresent()) {
            next.get().action.run();
            next = takeDue(target);
        }
    }

    /** What comes due next on the way; with nothing left there, the clock has arrived, so that no timer is set behind it. */
    private synchronized Optional<Timer> takeDue(Instant target) {
        Optional<Timer> next = timers.stream()
                .filter(timer -> !timer.due.isAfter(target))
                .min(Comparator.comparing(Timer::due).thenComparingLong(Timer::sequence));
        next.ifPresent(timers::remove);
        Instant shown = next.map(Timer::due).orElse(target);
        now = shown.isAfter(now) ? shown : now;
        return next;
    }

    /** When the next timer is due; empty when none is set. */
    public synchronized Optional<Instant> nextTimer() {
        return timers.stream().map(Timer::due).min(Comparator.naturalOrder());
    }

    /** Moves the clock to the next timer and calls it; does nothing when none is set. */
    void skip() {
        nextTimer().ifPresent(due -> advance(Duration.between(now(), due)));
    }

    /**
     * Waits, in real time, until a timer is set that is due exactly {@code delay} from now.
     *
     * @throws IllegalStateException when none is after ten seconds
     */
    public synchronized void awaitTimer(Duration delay) throws InterruptedException {
        Instant due = now.plus(delay);
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (timers.stream().noneMatch(timer -> timer.due.equals(due))) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new IllegalStateException("no timer is due in " + delay + "; set are "
                        + timers.stream()
                                .map(timer -> Duration.between(now, timer.due))
                                .toList());
            }
            wait(left);
        }
    }

    /** Drops all timers. */
    @Override
    public synchronized void close() {
        timers.clear();
    }
}
