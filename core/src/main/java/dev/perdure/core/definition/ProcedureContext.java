package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.TypeRef;
import dev.perdure.core.ValueType;
import dev.perdure.core.definition.ParallelPolicy.OnError;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What workflow code in Java asks its run for: steps, waits and parallel blocks, each remembered by its name and its place in
 * the code's order.
 *
 * <pre>{@code
 * Workflow<Order, Receipt> order = Workflow.procedure("order", Order.class, Receipt.class, ctx -> {
 *     Payment payment = ctx.step("payment", Payment.class, () -> pay(ctx.input()));
 *     for (Item item : ctx.input().items()) {
 *         ctx.step("pack", () -> pack(item));
 *     }
 *     ctx.sleep("cool_down", Duration.ofHours(1));
 *     return ctx.step("ship", Receipt.class, () -> ship(payment));
 * });
 * }</pre>
 *
 * <p>The code is run again from its begin when its run is taken up again, after a crash or a long wait; what it asked for
 * before is answered from the journal, and nothing of that runs again. So between two questions it may only do what leads to
 * the same questions: time, chance and the world outside belong in steps. Code that asks for something else than the journal
 * has ends its run INCOMPATIBLE, before anything of it runs; see {@link #patched}.
 *
 * <p>What fails throws a {@link dev.perdure.core.StepFailedException} and may be caught. A cancelled run throws {@link
 * java.util.concurrent.CancellationException} wherever the code waits. A run that waits for long is let out of memory by
 * throwing {@link dev.perdure.core.RunSuspendedError}, which is not to be caught.
 *
 * <p>One thing is asked for at a time, on the code's own thread; side by side is what {@link #parallel()} is for.
 *
 * @param <I> the type of the workflow's input
 */
public final class ProcedureContext<I extends @Nullable Object> {
    private final CodeAsker<I> asker;
    private final @Nullable String key;

    ProcedureContext(CodeAsker<I> asker, @Nullable String key) {
        this.asker = asker;
        this.key = key;
    }

    /** Code as a body that the engine runs. */
    static <I extends @Nullable Object, O extends @Nullable Object> BlockingBody body(
            ValueType<I> input, Codec codec, StepFunction<ProcedureContext<I>, O> code) {
        return body -> code.apply(new ProcedureContext<>(new CodeAsker<>((CodeContext) body, input, codec), null));
    }

    /** The run's input. */
    public I input() {
        return asker.input.decode(asker.context.input());
    }

    public String runId() {
        return asker.context.runId();
    }

    /** Whether the run is being cancelled. */
    public boolean isCancelled() {
        return asker.context.isCancelled();
    }

    /** The output of a node that ran before this procedure in the same workflow; see {@link StepContext#get(Ref)}. */
    public <T extends @Nullable Object> T get(Ref<T> node) {
        return asker.stepContext(asker.context).get(node);
    }

    /** Does a step, unless it is recorded; what it returns is recorded. */
    public <T> T step(String name, Class<T> output, Callable<? extends T> body) {
        return this.<T>described(name, output).run(body);
    }

    /** As above, with policies of its own. */
    public <T> T step(String name, Class<T> output, StepOptions options, Callable<? extends T> body) {
        return this.<T>described(name, output).options(options).run(body);
    }

    /** As above, for a generic type. */
    public <T> T step(String name, TypeRef<T> output, Callable<? extends T> body) {
        return this.<T>described(name, output.type()).run(body);
    }

    /** As above, for a generic type, with policies of its own. */
    public <T> T step(String name, TypeRef<T> output, StepOptions options, Callable<? extends T> body) {
        return this.<T>described(name, output.type()).options(options).run(body);
    }

    /** Does a step without an output, unless it is recorded. */
    public void step(String name, CodeAction body) {
        step(name, StepOptions.DEFAULT, body);
    }

    /** As above, with policies of its own. */
    public void step(String name, StepOptions options, CodeAction body) {
        nothing(name).options(options).run(() -> {
            body.run();
            return null;
        });
    }

    /** Describes a step with policies, a compensation, or a body that sees its attempt; it is done by its {@code run}. */
    public <T> CodeStep<I, T, T> step(String name, Class<T> output) {
        return described(name, output);
    }

    /** As above, for a generic type. */
    public <T> CodeStep<I, T, T> step(String name, TypeRef<T> output) {
        return described(name, output.type());
    }

    /**
     * Does a step inside of the transaction that records it, unless it is recorded: what it writes to the application's own
     * tables there is durable exactly once. See {@link SequenceBuilder#atomic(String, Class, StepFunction)}.
     *
     * <pre>{@code
     * long left = ctx.atomic("debit", Long.class, s -> debit(s.unwrap(Connection.class), order));
     * }</pre>
     *
     * @throws dev.perdure.core.StepFailedException when it fails for good, and on a store that cannot do this
     */
    public <T> T atomic(String name, Class<T> output, StepFunction<AtomicContext<I>, ? extends T> body) {
        return this.<T>described(name, output).runAtomically(body);
    }

    private CodeStep<I, @Nullable Object, @Nullable Object> nothing(String name) {
        Function<Step, @Nullable Object> runner =
                step -> asker.<@Nullable Object>perform(step, key, ValueTypes.NOTHING);
        return new CodeStep<I, @Nullable Object, @Nullable Object>(name, asker, ValueTypes.NOTHING, runner);
    }

    private <T> CodeStep<I, T, T> described(String name, Type output) {
        ValueType<T> type = asker.type(output);
        return new CodeStep<I, T, T>(name, asker, type, step -> asker.perform(step, key, type));
    }

    /** A value that differs from one execution to the next, made once and recorded. */
    public <T> T sideEffect(String name, Class<T> type, Callable<? extends T> value) {
        return step(name, type, value);
    }

    /** The time, as it was when the code first came here. */
    public Instant now() {
        return Instant.ofEpochMilli(
                sideEffect("now", Long.class, () -> asker.context.now().toEpochMilli()));
    }

    /** A random number from 0 (inclusive) to 1, the same whenever the code comes here again. */
    public double random() {
        return sideEffect(
                "random", Double.class, () -> ThreadLocalRandom.current().nextDouble());
    }

    /** A random UUID, the same whenever the code comes here again. */
    public UUID uuid() {
        return UUID.fromString(
                sideEffect("uuid", String.class, () -> UUID.randomUUID().toString()));
    }

    /** Waits so long. A long wait holds no thread and survives every restart. */
    public void sleep(String name, Duration duration) {
        asker.perform(new Sleep(name, duration, null, false), key, ValueTypes.NOTHING);
    }

    /** Waits until then; not at all when it has passed. */
    public void sleepUntil(String name, Instant end) {
        asker.<@Nullable Object>wait(key, w -> {
            w.sleepUntil(name, s -> end);
            return w.ref(name, ValueTypes.NOTHING);
        });
    }

    /** Waits for a signal called as this wait, for ever, and gives its payload; see {@link WaitBuilder#awaitSignal}. */
    public <T> T awaitSignal(String name, Class<T> payload) {
        return asker.wait(key, w -> w.awaitSignal(name, payload));
    }

    /** As above, not for ever; null after the timeout unless the options say else. */
    public <T> @Nullable T awaitSignal(String name, Class<T> payload, WaitOptions options) {
        return asker.<@Nullable T>wait(key, w -> w.awaitSignal(name, payload, options));
    }

    /** Waits for the first of several signals; null after the timeout, where the options have one. */
    public <T> @Nullable ReceivedSignal<T> awaitAny(
            String name, Class<T> payload, List<String> signals, WaitOptions options) {
        return asker.<@Nullable ReceivedSignal<T>>wait(key, w -> w.awaitAny(name, payload, signals, options));
    }

    /** Waits for a signal of each name; null after the timeout, where the options have one. */
    public <T> @Nullable Map<String, T> awaitAll(
            String name, Class<T> payload, List<String> signals, WaitOptions options) {
        return asker.<@Nullable Map<String, T>>wait(key, w -> w.awaitAll(name, payload, signals, options));
    }

    /** Asks somebody and waits for the answer; null after the timeout, where the options have one. */
    public @Nullable ApprovalAnswer approval(
            String name, List<String> choices, WaitOptions options, ApprovalRequest request) {
        return asker.<@Nullable ApprovalAnswer>wait(key, w -> w.approval(name, choices, options, s -> request));
    }

    /** Hands a token out and waits until somebody brings it back with a payload; see {@link WaitBuilder#callback}. */
    public <T> T callback(String name, Class<T> payload, ValueAction<StepContext<I>, String> request) {
        return asker.wait(key, w -> w.callback(name, payload, request));
    }

    /** Runs another workflow as a child of this run and gives its output; see {@link ControlBuilder#call}. */
    public <C extends @Nullable Object, O extends @Nullable Object> O call(
            String name, Workflow<C, O> workflow, C input) {
        return asker.wait(key, w -> w.call(name, workflow, s -> input));
    }

    /** As above, for a workflow known by its name only; version 0 for the newest. */
    public <O> O call(String name, String workflow, int version, Class<O> output, @Nullable Object input) {
        return asker.wait(key, w -> w.call(name, workflow, version, output, s -> input));
    }

    /** Starts a run of another workflow that goes its own way, and gives its run id. */
    public <C extends @Nullable Object> String callDetached(String name, Workflow<C, ?> workflow, C input) {
        return asker.wait(key, w -> w.callDetached(name, workflow, s -> input));
    }

    /** Opens a parallel block in which the first failure cancels the other branches; it is to be closed. */
    public CodeParallel<I> parallel() {
        return parallel(OnError.FAIL_FAST);
    }

    /** Opens a parallel block; it is to be closed. */
    public CodeParallel<I> parallel(OnError onError) {
        return parallel("parallel", onError, 0);
    }

    /**
     * Opens a parallel block under a name of its own; it is to be closed.
     *
     * @param maxParallelism how many branches run at once; 0 for all
     */
    public CodeParallel<I> parallel(String name, OnError onError, int maxParallelism) {
        return new CodeParallel<>(asker, asker.open(CodeParallel.open(name, onError, maxParallelism)));
    }

    /**
     * The same code's view under a key: what is asked for through it is remembered by name and key, wherever it stands in the
     * code's order. For loops whose items may come in another order next time.
     *
     * <pre>{@code
     * for (Item item : items) {
     *     ctx.keyed(item.id()).step("charge", () -> charge(item));
     * }
     * }</pre>
     */
    public ProcedureContext<I> keyed(String itsKey) {
        return new ProcedureContext<>(asker, key == null ? itsKey : key + ":" + itsKey);
    }

    /**
     * Whether the code may go the way that a change of it added: true in runs that have not come past this place, false in those
     * that had before the change. Once no run of the old code is left, the call and the old way can be deleted.
     *
     * <pre>{@code
     * if (ctx.patched("audit")) {
     *     ctx.step("audit", () -> audit(order));
     * }
     * }</pre>
     */
    public boolean patched(String id) {
        return Boolean.TRUE.equals(asker.ask(new Ask.Patch(id)).output().plain());
    }
}
