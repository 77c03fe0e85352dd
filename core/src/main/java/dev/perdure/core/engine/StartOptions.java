package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.Placement;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a run is started. An immutable value.
 *
 * <pre>{@code
 * engine.start("send", "mail-17", mail, StartOptions.inQueue("emails").priority(5).key("customer-3"));
 * }</pre>
 *
 * @param deadline when the run, however far it is, is cancelled and fails with TIMED_OUT; null for what its workflow says
 * @param queue the queue in which it waits its turn; empty for none
 * @param priority the greater, the sooner it begins among those that wait in its queue, or for a place
 * @param startAt the run does not begin before then; null for at once
 * @param delay nor before so much time has passed since the start call
 * @param key while a run with this key in the queue has not ended, a start attaches to it; null for none
 */
public record StartOptions(
        @Nullable Instant deadline,
        String queue,
        int priority,
        @Nullable Instant startAt,
        Duration delay,
        @Nullable String key) {
    /** At once, in no queue and without a deadline of its own. */
    public static final StartOptions DEFAULT = new StartOptions(null, "", 0, null, Duration.ZERO, null);

    /** With a deadline, or with null, and nothing else. */
    public StartOptions(@Nullable Instant deadline) {
        this(deadline, "", 0, null, Duration.ZERO, null);
    }

    public StartOptions {
        if (delay.isNegative()) {
            throw new IllegalArgumentException("the delay of a start is " + delay + "; expected zero or more");
        }
        if (!queue.isEmpty()) {
            Names.requireValid("queue", queue);
        }
        if (key != null) {
            Names.requireValid("dedup key", key);
        }
    }

    /**
     * In a queue. What its limits are, engines say ({@link EngineBuilder#queue}); the run waits, recorded as PENDING, until an
     * engine that serves the queue lets it begin.
     *
     * @throws PerdureException INVALID_NAME
     */
    public static StartOptions inQueue(String name) {
        return DEFAULT.queue(Names.requireValid("queue", name));
    }

    /** The run has to end by then; the workflow's timeout, where it is shorter, still counts. */
    public StartOptions deadline(Instant end) {
        return new StartOptions(end, queue, priority, startAt, delay, key);
    }

    /** In another queue; empty for none. */
    public StartOptions queue(String name) {
        return new StartOptions(deadline, name, priority, startAt, delay, key);
    }

    /** Of runs that wait, those with the greater number begin first; 0 unless said, and it may be negative. */
    public StartOptions priority(int greaterFirst) {
        return new StartOptions(deadline, queue, greaterFirst, startAt, delay, key);
    }

    /** The run does not begin before then. It is recorded at once, and can be cancelled until it begins. */
    public StartOptions startingAt(Instant time) {
        return new StartOptions(deadline, queue, priority, time, delay, key);
    }

    /** The run does not begin before so much time has passed; as {@link #startingAt}. */
    public StartOptions startingAfter(Duration wait) {
        return new StartOptions(deadline, queue, priority, startAt, wait, key);
    }

    /**
     * While a run with this key in the same queue has not ended, a start attaches to it, whatever its input: the run that the call
     * returns has that run's id. Once that one has ended, a start begins a new run. A run of another workflow with the key
     * is a RUN_CONFLICT.
     *
     * @param dedupKey a name, like an id
     */
    public StartOptions key(String dedupKey) {
        return new StartOptions(deadline, queue, priority, startAt, delay, dedupKey);
    }

    /** Before when the run does not begin; null for at once. */
    @Nullable
    Instant firstMoment(Instant now) {
        Instant delayed = now.plus(delay);
        Instant first = startAt == null || startAt.isBefore(delayed) ? delayed : startAt;
        return first.isAfter(now) ? first : null;
    }

    /** As it is recorded of a run that is started now. */
    Placement placement(Instant now) {
        if (key != null && queue.isEmpty()) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a start with the dedup key " + Names.quoted(key)
                            + " is in no queue, and a key counts within one; name the queue, or use the run's id");
        }
        Instant first = firstMoment(now);
        Placement placement =
                new Placement(queue, priority, first == null ? null : (Long) first.toEpochMilli(), null, key);
        return placement.equals(Placement.NONE) ? Placement.NONE : placement;
    }
}
