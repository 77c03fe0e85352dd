package dev.perdure.core.definition;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Describes a choice by a value whose clauses all yield a value; see {@link CaseBuilder} and {@link TypedChooseBuilder}.
 *
 * @param <I> the type of the workflow's input
 * @param <T> the type of what the clauses yield
 */
public final class TypedCaseBuilder<I extends @Nullable Object, T> extends ClausesBuilder<I> {
    private final Ref<T> own;

    TypedCaseBuilder(NodeBuilder<I> holder, String name, Ref<T> own) {
        super(holder, name);
        this.own = own;
    }

    /** Adds the clause for {@code value}, called as the value's text; it yields what {@code content} returns. */
    public void when(@Nullable Object value, Function<SequenceBuilder<I>, Ref<T>> content) {
        CaseValue expected = CaseValue.of(value, path(), shared());
        typedClause(expected.name(), (s, found) -> expected.isEqualTo(found), content);
    }

    /** Adds the clause that runs where the value is none of those, as the last one, and gives the output of the choice. */
    public Ref<T> otherwise(Function<SequenceBuilder<I>, Ref<T>> content) {
        typedLast(content);
        return own;
    }
}
