package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Adds nodes that run one after the other. Its methods only describe: nothing runs while a workflow is defined.
 *
 * @param <I> the type of the workflow's input
 */
public class SequenceBuilder<I extends @Nullable Object> {
    private final Build<I> build;
    private final Path path;
    private final int depth;
    private Retry retry;
    private final List<Node> nodes = new ArrayList<>();
    private int unnamedBlocks;

    SequenceBuilder(Build<I> build, Path path, int depth, Retry retry) {
        this.build = build;
        this.path = path;
        this.depth = depth;
        this.retry = retry;
    }

    final Build<I> shared() {
        return build;
    }

    final List<Node> nodes() {
        return nodes;
    }

    /** The retries of the steps and blocks added after this call that have none of their own. */
    public void retry(Retry policy) {
        retry = policy;
    }

    /** Adds a step. {@code body} runs when the run gets there; what it returns is recorded. */
    public <T> Ref<T> step(String name, Class<T> output, StepFunction<StepContext<I>, ? extends T> body) {
        return step(name, output, StepOptions.DEFAULT, body);
    }

    /** Adds a step with policies of its own. */
    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    public <T> Ref<T> step(
            String name, Class<T> output, StepOptions options, StepFunction<StepContext<I>, ? extends T> body) {
        Path where = path.child(name);
        ValueType<T> type = (ValueType<T>) build.type("step \"" + where + "\"", output);
        nodes.add(stepNode(name, type, options, retry, build.stepBody(body)));
        return new Ref<>(where, type);
    }

    /** Adds a step without an output. */
    public void step(String name, StepAction<StepContext<I>> body) {
        step(name, StepOptions.DEFAULT, body);
    }

    /** Adds a step without an output, with policies of its own. */
    public void step(String name, StepOptions options, StepAction<StepContext<I>> body) {
        nodes.add(stepNode(name, ValueTypes.NOTHING, options, retry, build.stepBody(body.asFunction())));
    }

    /** Adds a parallel block whose output is what {@code content} returns: that of a {@link ParallelBuilder#join}. */
    @SuppressWarnings("overloads") // a block lambda either returns a value or does not, so no call is ambiguous
    public <T> Ref<T> parallel(String name, Function<ParallelBuilder<I>, Ref<T>> content) {
        ParallelBuilder<I> block = new ParallelBuilder<>(build, path.child(name), depth + 1, retry);
        Ref<T> yielded = depth < Workflow.MAX_NESTING ? content.apply(block) : block.tooDeep();
        nodes.add(block.node(name));
        return yielded;
    }

    /** Adds a parallel block without an output; its branches share by context. */
    @SuppressWarnings("overloads") // see above
    public void parallel(String name, Consumer<ParallelBuilder<I>> content) {
        ParallelBuilder<I> block = new ParallelBuilder<>(build, path.child(name), depth + 1, retry);
        if (depth < Workflow.MAX_NESTING) {
            content.accept(block);
        }
        nodes.add(block.node(name));
    }

    /** Adds a parallel block called {@code parallel-1}, {@code parallel-2} … by its place. */
    public void parallel(Consumer<ParallelBuilder<I>> content) {
        unnamedBlocks++;
        parallel("parallel-" + unnamedBlocks, content);
    }

    static Step stepNode(String name, ValueType<?> type, StepOptions options, Retry inherited, BlockingBody body) {
        Retry own = options.retry();
        return new Step(name, body, type, own == null ? inherited : own, options.timeout(), options.isAtMostOnce(), null);
    }
}
