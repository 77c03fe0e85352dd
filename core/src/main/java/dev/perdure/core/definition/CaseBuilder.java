package dev.perdure.core.definition;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Describes a choice by a value. The clause whose value equals it, as plain data, runs.
 *
 * <pre>{@code
 * w.choose("kind", s -> s.get("order_type", String.class), c -> {
 *     c.when("physical", b -> b.step("ship", s -> ship(s.input())));
 *     c.otherwise(b -> b.step("send_link", s -> sendLink(s.input())));
 * });
 * }</pre>
 *
 * @param <I> the type of the workflow's input
 */
public final class CaseBuilder<I extends @Nullable Object> extends ClausesBuilder<I> {
    CaseBuilder(NodeBuilder<I> holder, String name) {
        super(holder, name);
    }

    /** Adds the clause for {@code value}, called as the value's text. */
    public void when(@Nullable Object value, Consumer<SequenceBuilder<I>> content) {
        CaseValue expected = CaseValue.of(value, path(), shared());
        clause(expected.name(), (s, found) -> expected.isEqualTo(found), content);
    }

    /** Adds the clause that runs where the value is none of those; without one, nothing does. */
    public void otherwise(Consumer<SequenceBuilder<I>> content) {
        last(content);
    }
}
