package dev.perdure.core.definition;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Describes a choice by conditions whose clauses all yield a value; see {@link ChooseBuilder}.
 *
 * <pre>{@code
 * var fee = w.choose("fee", Integer.class, c -> {
 *     c.on(s -> s.input().isGold(), b -> b.step("free", Integer.class, s -> 0));
 *     return c.otherwise(b -> b.step("normal", Integer.class, s -> fee(s.input())));
 * });
 * }</pre>
 *
 * @param <I> the type of the workflow's input
 * @param <T> the type of the value
 */
public final class TypedChooseBuilder<I extends @Nullable Object, T> extends ClausesBuilder<I> {
    private final Ref<T> own;

    TypedChooseBuilder(NodeBuilder<I> holder, String name, Ref<T> own) {
        super(holder, name);
        this.own = own;
    }

    /** Adds a clause called {@code clause-1}, {@code clause-2} … by its place; it yields what {@code content} returns. */
    public void on(StepFunction<StepContext<I>, Boolean> condition, Function<SequenceBuilder<I>, Ref<T>> content) {
        on(nextName(), condition, content);
    }

    /** Adds a clause; its name is part of the stored paths of its nodes. */
    public void on(
            String name,
            StepFunction<StepContext<I>, Boolean> condition,
            Function<SequenceBuilder<I>, Ref<T>> content) {
        typedClause(name, (s, none) -> condition.apply(s), content);
    }

    /** Adds the clause that runs where no condition holds, as the last one, and gives the output of the whole choice. */
    public Ref<T> otherwise(Function<SequenceBuilder<I>, Ref<T>> content) {
        typedLast(content);
        return own;
    }
}
