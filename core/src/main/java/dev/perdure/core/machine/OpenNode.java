package dev.perdure.core.machine;

import dev.perdure.core.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A step or wait that a run has come to and that has no outcome.
 *
 * @param attempt of a step, the one that is due; 0 for a wait
 * @param since when a wait began; null for a step
 * @param due when the next attempt starts, or the wait ends, by itself; null for not by time
 * @param detail what a wait is for, in plain data; empty for a step
 */
public record OpenNode(
        Path path,
        State state,
        int attempt,
        @Nullable Instant since,
        @Nullable Instant due,
        Map<String, @Nullable Object> detail) {
    // Not the compact form: javac drops the null annotations of its parameter.
    public OpenNode(
            Path path,
            State state,
            int attempt,
            @Nullable Instant since,
            @Nullable Instant due,
            Map<String, @Nullable Object> detail) {
        this.path = path;
        this.state = state;
        this.attempt = attempt;
        this.since = since;
        this.due = due;
        this.detail = Collections.unmodifiableMap(new LinkedHashMap<>(detail));
    }

    /** What becomes of it next. */
    public enum State {
        /** An attempt runs, or starts as soon as an engine has the run. */
        DUE,
        /** The next attempt waits for its time. */
        BACKING_OFF,
        /** It waits for the run to be resumed. */
        HELD,
        /** It has no place among the branches of its block yet. */
        QUEUED,
        /** It waits for a time. */
        SLEEPING,
        /** It waits for signals, an answer or a callback. */
        AWAITING,
        /** It waits for a child run. */
        CALLING
    }
}
