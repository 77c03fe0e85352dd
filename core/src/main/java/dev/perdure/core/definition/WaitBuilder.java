package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds waits to a sequence. A run that only waits holds no thread and no memory; its waits survive every restart, and time
 * goes on while no engine runs.
 *
 * @param <I> the type of the workflow's input
 */
public abstract sealed class WaitBuilder<I extends @Nullable Object> extends NodeBuilder<I> permits ControlBuilder {
    WaitBuilder(Build<I> build, Path path, int depth, Retry retry) {
        super(build, path, depth, retry);
    }

    /** Waits so long, from the moment that the run gets there: {@code w.sleep("cool_down", Duration.ofDays(3))}. */
    public void sleep(String name, Duration duration) {
        add(new Sleep(name, duration, null, false));
    }

    /** Waits as long as {@code duration} says, which is recorded, from the moment of that record. */
    public void sleep(String name, StepFunction<StepContext<I>, Duration> duration) {
        Step time = part(Sleep.TIME, ValueTypes.MILLIS, s -> duration.apply(s).toMillis());
        add(new Sleep(name, null, time, true));
    }

    /** Waits until the time that {@code end} says, which is recorded; not at all when it has passed. */
    public void sleepUntil(String name, StepFunction<StepContext<I>, Instant> end) {
        Step time = part(Sleep.TIME, ValueTypes.MILLIS, s -> end.apply(s).toEpochMilli());
        add(new Sleep(name, null, time, false));
    }

    /**
     * Waits for a signal called as the node, for ever, and yields its payload. A signal that was sent before is kept for the
     * wait; each counts for one wait.
     *
     * <pre>{@code
     * var approval = w.awaitSignal("approval", Approval.class);
     * }</pre>
     */
    public <T> Ref<T> awaitSignal(String name, Class<T> payload) {
        ValueType<T> type = type("signal", name, payload);
        return await(name, AwaitSignal.Mode.ONE, List.of(name), type, WaitOptions.DEFAULT, null);
    }

    /** As {@link #awaitSignal(String, Class)}, not for ever; null after the timeout unless the options say else. */
    public <T> Ref<@Nullable T> awaitSignal(String name, Class<T> payload, WaitOptions options) {
        return awaitSignal(name, name, payload, options);
    }

    /** As {@link #awaitSignal(String, Class, WaitOptions)}, for a {@code signal} that is not called as the node. */
    public <T> Ref<@Nullable T> awaitSignal(String name, String signal, Class<T> payload, WaitOptions options) {
        ValueType<T> type = type("signal", name, payload);
        return await(name, AwaitSignal.Mode.ONE, List.of(signal), ValueTypes.orNull(type), options, null);
    }

    /** Waits for the first of several signals, for ever, and yields its name and payload. */
    public <T> Ref<ReceivedSignal<T>> awaitAny(String name, Class<T> payload, List<String> signals) {
        ValueType<T> type = type("signal", name, payload);
        return await(name, AwaitSignal.Mode.ANY, signals, ValueTypes.anySignal(type), WaitOptions.DEFAULT, null);
    }

    /** As {@link #awaitAny(String, Class, List)}, not for ever; null after the timeout unless the options say else. */
    public <T> Ref<@Nullable ReceivedSignal<T>> awaitAny(
            String name, Class<T> payload, List<String> signals, WaitOptions options) {
        ValueType<T> type = type("signal", name, payload);
        ValueType<@Nullable ReceivedSignal<T>> output = ValueTypes.orNull(ValueTypes.anySignal(type));
        return await(name, AwaitSignal.Mode.ANY, signals, output, options, null);
    }

    /** Waits for a signal of each name, for ever, and yields their payloads by name. */
    public <T> Ref<Map<String, T>> awaitAll(String name, Class<T> payload, List<String> signals) {
        ValueType<T> type = type("signal", name, payload);
        return await(name, AwaitSignal.Mode.ALL, signals, ValueTypes.allSignals(type), WaitOptions.DEFAULT, null);
    }

    /** As {@link #awaitAll(String, Class, List)}, not for ever; null after the timeout unless the options say else. */
    public <T> Ref<@Nullable Map<String, T>> awaitAll(
            String name, Class<T> payload, List<String> signals, WaitOptions options) {
        ValueType<T> type = type("signal", name, payload);
        ValueType<@Nullable Map<String, T>> output = ValueTypes.orNull(ValueTypes.allSignals(type));
        return await(name, AwaitSignal.Mode.ALL, signals, output, options, null);
    }

    /**
     * Asks somebody, and waits for the answer for ever. The request is made once, recorded, and listed with the run's waits;
     * it is answered once, with one of {@code choices}.
     *
     * <pre>{@code
     * var answer = w.approval("sign_off", List.of("approve", "reject"), s -> new ApprovalRequest("Pay?"));
     * }</pre>
     */
    public Ref<ApprovalAnswer> approval(
            String name, List<String> choices, StepFunction<StepContext<I>, ApprovalRequest> request) {
        Step asked = request(choices, request);
        return await(
                name, AwaitSignal.Mode.APPROVAL, List.of(), ValueTypes.APPROVAL_ANSWER, WaitOptions.DEFAULT, asked);
    }

    /** As {@link #approval(String, List, StepFunction)}, not for ever; null after the timeout unless the options say else. */
    public Ref<@Nullable ApprovalAnswer> approval(
            String name,
            List<String> choices,
            WaitOptions options,
            StepFunction<StepContext<I>, ApprovalRequest> request) {
        Step asked = request(choices, request);
        ValueType<@Nullable ApprovalAnswer> output = ValueTypes.orNull(ValueTypes.APPROVAL_ANSWER);
        return await(name, AwaitSignal.Mode.APPROVAL, List.of(), output, options, asked);
    }

    private Step request(List<String> choices, StepFunction<StepContext<I>, ApprovalRequest> request) {
        return part(AwaitSignal.REQUEST, ValueTypes.approvalRequest(shared().codec, choices), request);
    }

    /**
     * Hands a token out and waits, for ever, until somebody brings it back with a payload.
     *
     * <pre>{@code
     * var paid = w.callback("paid", Payment.class, (s, token) -> gateway.charge(s.input(), token));
     * }</pre>
     */
    public <T> Ref<T> callback(String name, Class<T> payload, ValueAction<StepContext<I>, String> request) {
        ValueType<T> type = type("callback", name, payload);
        return await(name, AwaitSignal.Mode.CALLBACK, List.of(), type, WaitOptions.DEFAULT, handOut(request));
    }

    /** As {@link #callback(String, Class, ValueAction)}, not for ever; null after the timeout unless the options say else. */
    public <T> Ref<@Nullable T> callback(
            String name, Class<T> payload, WaitOptions options, ValueAction<StepContext<I>, String> request) {
        ValueType<T> type = type("callback", name, payload);
        return await(name, AwaitSignal.Mode.CALLBACK, List.of(), ValueTypes.orNull(type), options, handOut(request));
    }

    private Step handOut(ValueAction<StepContext<I>, String> request) {
        return this.<@Nullable Object>part(AwaitSignal.REQUEST, ValueTypes.NOTHING, s -> {
            String token = s.body().token();
            if (token == null) {
                throw new IllegalStateException("a callback's request was started without a token");
            }
            request.apply(s, token);
            return null;
        });
    }

    private <T extends @Nullable Object> Ref<T> await(
            String name,
            AwaitSignal.Mode mode,
            List<String> signals,
            ValueType<T> output,
            WaitOptions options,
            @Nullable Step request) {
        Ref<T> ref = ref(name, output);
        AwaitSignal.OnTimeout onTimeout = shared().onTimeout(ref, options);
        add(new AwaitSignal(name, mode, signals, output, options.timeout(), onTimeout, request));
        return ref;
    }
}
