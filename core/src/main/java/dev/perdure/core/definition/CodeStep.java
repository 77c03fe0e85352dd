package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A step that workflow code is about to ask for, with policies of its own.
 *
 * <pre>{@code
 * Card card = ctx.step("card", Card.class)
 *         .retry(Retry.exponential(3, Duration.ofSeconds(1)))
 *         .compensate((s, c) -> billing.cancel(c))
 *         .run(s -> billing.card(account, s.idempotencyKey()));
 * }</pre>
 *
 * @param <I> the type of the workflow's input
 * @param <T> what the step yields
 * @param <R> what running it gives: its output, or the branch that it is
 */
public final class CodeStep<I extends @Nullable Object, T extends @Nullable Object, R extends @Nullable Object> {
    private final String name;
    private final CodeAsker<I> asker;
    private final ValueType<T> type;
    private final Function<Step, R> runner;
    private StepOptions options = StepOptions.DEFAULT;
    private @Nullable Step compensation;

    CodeStep(String name, CodeAsker<I> asker, ValueType<T> type, Function<Step, R> runner) {
        this.name = name;
        this.asker = asker;
        this.type = type;
        this.runner = runner;
    }

    public CodeStep<I, T, R> options(StepOptions policies) {
        options = policies;
        return this;
    }

    public CodeStep<I, T, R> retry(Retry policy) {
        options = options.retry(policy);
        return this;
    }

    /** The longest that an attempt may take. */
    public CodeStep<I, T, R> timeout(Duration longest) {
        options = options.timeout(longest);
        return this;
    }

    /** An interrupted attempt fails the step instead of being followed by another. */
    public CodeStep<I, T, R> atMostOnce() {
        options = options.atMostOnce();
        return this;
    }

    /** How the step is undone, where the run fails or is cancelled after it has completed: newest first, recorded. */
    public CodeStep<I, T, R> compensate(ValueAction<StepContext<I>, T> undo) {
        return compensate(Retry.NONE, undo);
    }

    /** As {@link #compensate(ValueAction)}, tried as {@code policy} says. */
    public CodeStep<I, T, R> compensate(Retry policy, ValueAction<StepContext<I>, T> undo) {
        BlockingBody body = context -> {
            undo.apply(asker.stepContext(context), context.undone(type));
            return null;
        };
        compensation = Step.of(Step.COMPENSATION, body, ValueTypes.NOTHING, policy);
        return this;
    }

    /** Has the step done, unless it is recorded already. */
    public R run(Callable<? extends T> body) {
        BlockingBody blocking = context -> body.call();
        return perform(blocking);
    }

    /** Has the step done by code that sees its attempt, its idempotency key and the context. */
    public R run(StepFunction<StepContext<I>, ? extends T> body) {
        BlockingBody blocking = context -> body.apply(asker.stepContext(context));
        return perform(blocking);
    }

    /** Has the step done inside of the transaction that records it; see {@link ProcedureContext#atomic}. */
    public R runAtomically(StepFunction<AtomicContext<I>, ? extends T> body) {
        return perform(AtomicContext.body(asker.input, asker.codec, body));
    }

    private R perform(Body body) {
        Step step = SequenceBuilder.stepNode(name, type, options, Retry.NONE, body);
        return runner.apply(compensation == null ? step : step.compensatedBy(compensation));
    }
}
