package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Adds nodes that run one after the other. Its methods only describe: nothing runs while a workflow is defined.
 *
 * @param <I> the type of the workflow's input
 */
public non-sealed class SequenceBuilder<I extends @Nullable Object> extends ControlBuilder<I> {
    private int unnamedBlocks;

    SequenceBuilder(Build<I> build, Path path, int depth, Retry retry) {
        super(build, path, depth, retry);
    }

    /** The retries of the steps and blocks added after this call that have none of their own. */
    public void retry(Retry policy) {
        inherit(policy);
    }

    /** Adds a step. {@code body} runs when the run gets there; what it returns is recorded. */
    public <T> Ref<T> step(String name, Class<T> output, StepFunction<StepContext<I>, ? extends T> body) {
        return step(name, output, StepOptions.DEFAULT, body);
    }

    /** Adds a step with policies of its own. */
    public <T> Ref<T> step(
            String name, Class<T> output, StepOptions options, StepFunction<StepContext<I>, ? extends T> body) {
        ValueType<T> type = type("step", name, output);
        add(stepNode(name, type, options, retry(), shared().stepBody(body)));
        return ref(name, type);
    }

    /** Adds a step without an output; what is returned is good for undoing it and for asking for its error. */
    public Ref<?> step(String name, StepAction<StepContext<I>> body) {
        return step(name, StepOptions.DEFAULT, body);
    }

    /** Adds a step without an output, with policies of its own. */
    public Ref<?> step(String name, StepOptions options, StepAction<StepContext<I>> body) {
        add(stepNode(name, ValueTypes.NOTHING, options, retry(), shared().stepBody(body.asFunction())));
        return this.<@Nullable Object>ref(name, ValueTypes.NOTHING);
    }

    /**
     * Adds a step whose body runs inside of the transaction that records its result, on the application's own tables in the
     * store's database: what it writes there is durable exactly once, together with the result. The store has to be one that can
     * do that, as those on SQLite and PostgreSQL; an engine on another one is not opened.
     *
     * <pre>{@code
     * w.atomic("debit", Long.class, s -> debit(s.unwrap(Connection.class), s.input()));
     * }</pre>
     *
     * <p>An attempt may take {@link AtomicBody#STANDARD_LIMIT} unless its options say else. On SQLite, nothing else is recorded
     * meanwhile.
     */
    public <T> Ref<T> atomic(String name, Class<T> output, StepFunction<AtomicContext<I>, ? extends T> body) {
        return atomic(name, output, StepOptions.DEFAULT, body);
    }

    /** Adds an atomic step with policies of its own. */
    public <T> Ref<T> atomic(
            String name, Class<T> output, StepOptions options, StepFunction<AtomicContext<I>, ? extends T> body) {
        ValueType<T> type = type("step", name, output);
        add(stepNode(name, type, options, retry(), shared().atomicBody(body)));
        return ref(name, type);
    }

    /**
     * Says how a step of this sequence is undone, where the run fails or is cancelled after the step has completed. What is to
     * be undone runs newest first; each compensation is recorded, and tried as the steps around it are.
     *
     * <pre>{@code
     * var card = w.step("card", Card.class, s -> billing.card(s.get(account)));
     * w.compensate(card, (s, c) -> billing.void(c));
     * }</pre>
     *
     * @param undo gets the step's output
     */
    public <T extends @Nullable Object> void compensate(Ref<T> step, ValueAction<StepContext<I>, T> undo) {
        compensate(step, retry(), undo);
    }

    /** As {@link #compensate(Ref, ValueAction)}, tried as {@code policy} says. */
    public <T extends @Nullable Object> void compensate(
            Ref<T> step, Retry policy, ValueAction<StepContext<I>, T> undo) {
        shared().compensate(nodes(), path(), step, policy, undo);
    }

    /**
     * Adds workflow code: its steps are recorded under this node, as they are asked for.
     *
     * <pre>{@code
     * var report = w.procedure("report", Report.class, ctx -> {
     *     var users = ctx.get(loaded);
     *     return ctx.step("write", Report.class, () -> write(users));
     * });
     * }</pre>
     */
    public <T> Ref<T> procedure(String name, Class<T> output, StepFunction<ProcedureContext<I>, ? extends T> code) {
        ValueType<T> type = type("procedure", name, output);
        BlockingBody body = ProcedureContext.<I, T>body(shared().input, shared().codec, code::apply);
        add(Procedure.of(name, body, type));
        return ref(name, type);
    }

    /** Adds a parallel block whose output is what {@code content} returns: that of a {@link ParallelBuilder#join}. */
    @SuppressWarnings("overloads") // a block lambda either returns a value or does not, so no call is ambiguous
    public <T> Ref<T> parallel(String name, Function<ParallelBuilder<I>, Ref<T>> content) {
        ParallelBuilder<I> block = new ParallelBuilder<>(shared(), path().child(name), depth() + 1, retry());
        Ref<T> yielded = isTooDeep() ? block.tooDeep() : content.apply(block);
        add(block.node(name));
        return yielded;
    }

    /** Adds a parallel block without an output; its branches share by context. */
    @SuppressWarnings("overloads") // see above
    public void parallel(String name, Consumer<ParallelBuilder<I>> content) {
        ParallelBuilder<I> block = new ParallelBuilder<>(shared(), path().child(name), depth() + 1, retry());
        if (!isTooDeep()) {
            content.accept(block);
        }
        add(block.node(name));
    }

    /** Adds a parallel block called {@code parallel-1}, {@code parallel-2} … by its place. */
    public void parallel(Consumer<ParallelBuilder<I>> content) {
        unnamedBlocks++;
        parallel("parallel-" + unnamedBlocks, content);
    }

    static Step stepNode(String name, ValueType<?> type, StepOptions options, Retry inherited, Body body) {
        Retry own = options.retry();
        Duration limit = options.timeout();
        if (limit == null && body instanceof AtomicBody) {
            limit = AtomicBody.STANDARD_LIMIT;
        }
        return new Step(name, body, type, own == null ? inherited : own, limit, options.isAtMostOnce(), null);
    }
}
