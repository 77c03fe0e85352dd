package dev.perdure.core.definition;

import dev.perdure.core.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The clauses of one choice as they are added in Java. Confined to the defining thread. */
abstract class ClausesBuilder<I extends @Nullable Object> {
    private static final String OTHERWISE = "otherwise";

    private final NodeBuilder<I> holder;
    private final Path path;
    private final List<Sequence> clauses = new ArrayList<>();
    private final List<Condition<I>> conditions = new ArrayList<>();
    private @Nullable String otherwise;
    private int unnamed;

    ClausesBuilder(NodeBuilder<I> holder, String name) {
        this.holder = holder;
        this.path = holder.path().child(name);
    }

    /** Whether a clause is the one to run, by what a body sees and the value that is chosen by, if any. */
    @FunctionalInterface
    interface Test<I extends @Nullable Object> {
        boolean holds(StepContext<I> context, @Nullable Object value) throws Exception;
    }

    private record Condition<I extends @Nullable Object>(String clause, Test<I> test) {}

    final Path path() {
        return path;
    }

    final Build<I> shared() {
        return holder.shared();
    }

    final String nextName() {
        unnamed++;
        return "clause-" + unnamed;
    }

    final void clause(String name, Test<I> test, Consumer<SequenceBuilder<I>> content) {
        conditions.add(new Condition<>(name, test));
        describe(name, content);
    }

    final <T extends @Nullable Object> void typedClause(
            String name, Test<I> test, Function<SequenceBuilder<I>, Ref<T>> content) {
        conditions.add(new Condition<>(name, test));
        describeTyped(name, content);
    }

    final void last(Consumer<SequenceBuilder<I>> content) {
        otherwise = OTHERWISE;
        describe(OTHERWISE, content);
    }

    final <T extends @Nullable Object> void typedLast(Function<SequenceBuilder<I>, Ref<T>> content) {
        otherwise = OTHERWISE;
        describeTyped(OTHERWISE, content);
    }

    private void describe(String name, Consumer<SequenceBuilder<I>> content) {
        SequenceBuilder<I> clause = holder.inside(path.child(name));
        content.accept(clause);
        clauses.add(new Sequence(name, clause.nodes()));
    }

    private <T extends @Nullable Object> void describeTyped(String name, Function<SequenceBuilder<I>, Ref<T>> content) {
        SequenceBuilder<I> clause = holder.inside(path.child(name));
        Path result = content.apply(clause).node();
        clauses.add(new Sequence(name, clause.nodes(), result));
    }

    /** The choice; {@code value} is what it chooses by, null where conditions need none. */
    final Choose node(@Nullable StepFunction<StepContext<I>, ?> value) {
        List<Condition<I>> inOrder = List.copyOf(conditions);
        String standard = otherwise;
        Step choice = holder.<@Nullable String>part(Choose.CHOICE, ValueTypes.NAME, s -> {
            Object plain = value == null ? null : holder.shared().codec.encode(value.apply(s));
            for (Condition<I> condition : inOrder) {
                if (condition.test.holds(s, plain)) {
                    return condition.clause;
                }
            }
            return standard;
        });
        return new Choose(path.name(), choice, clauses, standard);
    }
}
