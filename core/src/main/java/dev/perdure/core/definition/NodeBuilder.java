package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The nodes of one sequence as they are added in Java. Confined to the defining thread. */
abstract sealed class NodeBuilder<I extends @Nullable Object> permits WaitBuilder {
    private final Build<I> build;
    private final Path path;
    private final int depth;
    private Retry retry;
    private final List<Node> nodes = new ArrayList<>();

    NodeBuilder(Build<I> build, Path path, int depth, Retry retry) {
        this.build = build;
        this.path = path;
        this.depth = depth;
        this.retry = retry;
    }

    final Build<I> shared() {
        return build;
    }

    final Path path() {
        return path;
    }

    /** How many blocks are around these nodes. */
    final int depth() {
        return depth;
    }

    final Retry retry() {
        return retry;
    }

    final void inherit(Retry policy) {
        retry = policy;
    }

    final List<Node> nodes() {
        return nodes;
    }

    final void add(Node node) {
        nodes.add(node);
    }

    final <T extends @Nullable Object> Ref<T> ref(String name, ValueType<T> type) {
        return new Ref<>(path.child(name), type);
    }

    /** The value type of what the node {@code name} of a {@code kind} yields. */
    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    final <T> ValueType<T> type(String kind, String name, Type type) {
        return (ValueType<T>) build.type(kind + " \"" + path.child(name) + "\"", type);
    }

    /** A body of a node that has others, or a wait; it takes the retries of the steps around it. */
    final <T extends @Nullable Object> Step part(
            String label, ValueType<?> output, StepFunction<StepContext<I>, T> body) {
        return Step.of(label, build.stepBody(body), output, retry);
    }

    /** The nodes of a clause or body of a node that is one of these. */
    final SequenceBuilder<I> inside(Path body) {
        return new SequenceBuilder<>(build, body, depth + 1, retry);
    }

    /** Whether a block that is added here would be nested too deep; its content is not asked for, so that it has an end. */
    final boolean isTooDeep() {
        return depth >= Workflow.MAX_NESTING;
    }
}
