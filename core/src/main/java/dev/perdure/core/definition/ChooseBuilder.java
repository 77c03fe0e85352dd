package dev.perdure.core.definition;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Describes a choice by conditions. They are asked in the order of their clauses; the first that holds has its clause run.
 *
 * <pre>{@code
 * w.choose("decision", c -> {
 *     c.on(s -> s.get(approval).granted(), b -> b.step("activate", s -> activate(s.input())));
 *     c.otherwise(b -> b.step("reject", s -> reject(s.input())));
 * });
 * }</pre>
 *
 * @param <I> the type of the workflow's input
 */
public final class ChooseBuilder<I extends @Nullable Object> extends ClausesBuilder<I> {
    ChooseBuilder(NodeBuilder<I> holder, String name) {
        super(holder, name);
    }

    /** Adds a clause called {@code clause-1}, {@code clause-2} … by its place. */
    public void on(StepFunction<StepContext<I>, Boolean> condition, Consumer<SequenceBuilder<I>> content) {
        on(nextName(), condition, content);
    }

    /** Adds a clause; its name is part of the stored paths of its nodes. */
    public void on(String name, StepFunction<StepContext<I>, Boolean> condition, Consumer<SequenceBuilder<I>> content) {
        clause(name, (s, none) -> condition.apply(s), content);
    }

    /** Adds the clause that runs where no condition holds; without one, nothing does. */
    public void otherwise(Consumer<SequenceBuilder<I>> content) {
        last(content);
    }
}
