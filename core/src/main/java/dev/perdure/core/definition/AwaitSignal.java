package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import dev.perdure.core.journal.Payload;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A wait for signals. Each signal counts for one wait; one that was sent before the wait is kept for it.
 *
 * <p>Its output is, for {@link Mode#ONE}, the signal's payload; for {@link Mode#ANY}, <code>{"signal": name,
 * "value": payload}</code>; for {@link Mode#ALL}, a map from signal name to payload; for {@link Mode#APPROVAL}, a map of {@code choice}, {@code
 * by}, {@code comment} and {@code at}; for {@link Mode#CALLBACK}, what the callback brought.
 *
 * @param signals the names waited for; empty for an approval or a callback, which have one of their own
 * @param timeout how long, from the moment that the run gets there; null for ever
 * @param onTimeout what the wait yields then
 * @param request runs before the wait: makes an approval's request, or hands a callback's token out; recorded under {@link
 *     #REQUEST}; null for the other modes
 */
public record AwaitSignal(
        String name,
        Mode mode,
        List<String> signals,
        ValueType<?> output,
        @Nullable Duration timeout,
        OnTimeout onTimeout,
        @Nullable Step request)
        implements Node {
    /** The part of the node's path that its request is recorded under. */
    public static final String REQUEST = "request";

    public AwaitSignal {
        signals = List.copyOf(signals);
    }

    /** What ends the wait. */
    public enum Mode {
        /** Its one signal. */
        ONE,
        /** The first of its signals. */
        ANY,
        /** A signal of each name. */
        ALL,
        /** Somebody's answer to a request that is listed until then. */
        APPROVAL,
        /** A call from outside that brings the token that the request was given. */
        CALLBACK
    }

    /** What a wait yields that took longer than its timeout. */
    public sealed interface OnTimeout {
        /** Yields {@code output}; that may be null. */
        record Yield(Payload output) implements OnTimeout {}

        /** Fails the node with TIMED_OUT. */
        record Fail() implements OnTimeout {}
    }

    @Override
    public String kind() {
        return switch (mode) {
            case APPROVAL -> "approval";
            case CALLBACK -> "callback";
            case ONE, ANY, ALL -> "signal";
        };
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.awaitSignal(this);
    }
}
