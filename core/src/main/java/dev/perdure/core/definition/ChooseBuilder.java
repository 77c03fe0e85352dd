package dev.perdure.core.definition;

import dev.perdure.core.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Describes the clauses of a choice in Java. The first clause whose condition holds runs, else {@link #otherwise}, else none.
 *
 * @param <I> the type of the workflow's input
 */
public final class ChooseBuilder<I extends @Nullable Object> {
    private static final String OTHERWISE = "otherwise";

    private final Function<String, SequenceBuilder<I>> clauseBuilder;
    private final Path path;
    private final Build<I> build;
    private final Map<String, StepFunction<StepContext<I>, Boolean>> conditions = new LinkedHashMap<>();
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final List<Sequence> clauses = new ArrayList<>();
    private final @Nullable StepFunction<StepContext<I>, ?> subject;
    private boolean hasOtherwise;

    ChooseBuilder(
            Build<I> build,
            Path path,
            @Nullable StepFunction<StepContext<I>, ?> subject,
            Function<String, SequenceBuilder<I>> clauseBuilder) {
        this.build = build;
        this.path = path;
        this.subject = subject;
        this.clauseBuilder = clauseBuilder;
    }

    /** Adds a clause that runs where {@code condition} holds and none before it does. */
    @SuppressWarnings("overloads") // a clause's lambda either returns a value or does not, so no call is ambiguous
    public void on(String name, StepFunction<StepContext<I>, Boolean> condition, Consumer<SequenceBuilder<I>> content) {
        conditional(name, condition);
        add(name, content);
    }

    /** As the other {@code on}, with an output: that of the node that {@code content} returns. */
    @SuppressWarnings("overloads") // see above
    public void on(
            String name, StepFunction<StepContext<I>, Boolean> condition, Function<SequenceBuilder<I>, Ref<?>> content) {
        conditional(name, condition);
        yielding(name, content);
    }

    /** Adds a clause that runs where the value that is chosen by equals {@code value}; its text is the clause's name. */
    @SuppressWarnings("overloads") // see above
    public void is(Object value, Consumer<SequenceBuilder<I>> content) {
        valued(value);
        add(value.toString(), content);
    }

    /** As the other {@code is}, with an output: that of the node that {@code content} returns. */
    @SuppressWarnings("overloads") // see above
    public void is(Object value, Function<SequenceBuilder<I>, Ref<?>> content) {
        valued(value);
        yielding(value.toString(), content);
    }

    /** Adds the clause that runs where no other does. */
    @SuppressWarnings("overloads") // see above
    public void otherwise(Consumer<SequenceBuilder<I>> content) {
        last();
        add(OTHERWISE, content);
    }

    /** As the other {@code otherwise}, with an output: that of the node that {@code content} returns. */
    @SuppressWarnings("overloads") // see above
    public void otherwise(Function<SequenceBuilder<I>, Ref<?>> content) {
        last();
        yielding(OTHERWISE, content);
    }

    private void conditional(String name, StepFunction<StepContext<I>, Boolean> condition) {
        if (subject != null) {
            build.problems.add("choose \"" + path + "\" chooses by a value; add its clauses with is(value, …)");
        }
        conditions.put(name, condition);
    }

    private void valued(Object value) {
        if (subject == null) {
            build.problems.add("choose \"" + path + "\" chooses by conditions; add its clauses with on(name, …)");
        }
        values.put(value.toString(), Objects.requireNonNull(build.codec.encode(value)));
    }

    private void last() {
        if (hasOtherwise) {
            build.problems.add("choose \"" + path + "\" has two otherwise clauses; keep one");
        }
        hasOtherwise = true;
    }

    private void add(String name, Consumer<SequenceBuilder<I>> content) {
        SequenceBuilder<I> inner = clauseBuilder.apply(name);
        content.accept(inner);
        clauses.add(new Sequence(name, inner.nodes()));
    }

    private void yielding(String name, Function<SequenceBuilder<I>, Ref<?>> content) {
        SequenceBuilder<I> inner = clauseBuilder.apply(name);
        Ref<?> result = content.apply(inner);
        clauses.add(new Sequence(name, inner.nodes(), result.node()));
    }

    Choose node(String name, Retry retry) {
        Step choice = Step.of(Choose.CHOICE, build.stepBody(this::chosen), ValueTypes.TEXT, retry);
        return new Choose(name, choice, clauses, hasOtherwise ? OTHERWISE : null);
    }

    private @Nullable String chosen(StepContext<I> context) throws Exception {
        if (subject == null) {
            for (Map.Entry<String, StepFunction<StepContext<I>, Boolean>> clause : conditions.entrySet()) {
                if (clause.getValue().apply(context)) {
                    return clause.getKey();
                }
            }
        } else {
            Object value = build.codec.encode(subject.apply(context));
            for (Map.Entry<String, Object> clause : values.entrySet()) {
                if (clause.getValue().equals(value)) {
                    return clause.getKey();
                }
            }
        }
        return hasOtherwise ? OTHERWISE : null;
    }
}
