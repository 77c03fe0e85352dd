package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Describes a parallel block in Java: its branches, each a step or a sequence, and how they are joined.
 *
 * @param <I> the type of the workflow's input
 */
public final class ParallelBuilder<I extends @Nullable Object> {
    private final Build<I> build;
    private final Path path;
    private final int depth;
    private final List<Node> branches = new ArrayList<>();
    private Retry retry;
    private ParallelPolicy policy = ParallelPolicy.DEFAULT;
    private Parallel.@Nullable Yield yield;

    ParallelBuilder(Build<I> build, Path path, int depth, Retry retry) {
        this.build = build;
        this.path = path;
        this.depth = depth;
        this.retry = retry;
    }

    /** The retries of the branches added after this call that have none of their own. */
    public void retry(Retry standard) {
        retry = standard;
    }

    /** How the branches' changes to the context become one; {@link Merge.DeepMerge} unless said. */
    public void merge(Merge merge) {
        policy =
                new ParallelPolicy(merge, policy.onError(), policy.join(), policy.remaining(), policy.maxParallelism());
    }

    /** Merges by a function of one's own. */
    public void merge(MergeFunction<I> function) {
        merge(new Merge.Custom(build.mergeBody(function)));
    }

    /** What a branch's failure does; FAIL_FAST unless said. */
    public void onError(ParallelPolicy.OnError onError) {
        policy =
                new ParallelPolicy(policy.merge(), onError, policy.join(), policy.remaining(), policy.maxParallelism());
    }

    /** When the block counts as a success. */
    public void join(Join join) {
        join(join, policy.remaining());
    }

    /** When the block counts as a success, and what happens to the rest then. */
    public void join(Join join, ParallelPolicy.Remaining remaining) {
        policy = new ParallelPolicy(policy.merge(), policy.onError(), join, remaining, policy.maxParallelism());
    }

    /** How many branches may be active at once, at least 1. */
    public void maxParallelism(int most) {
        if (most < 1) {
            build.problems.add("parallel block \"" + path + "\": maxParallelism " + most + "; expected 1 or more");
        }
        policy = new ParallelPolicy(
                policy.merge(), policy.onError(), policy.join(), policy.remaining(), Math.max(most, 0));
    }

    /** Adds a branch of one step. */
    public <T> Branch<T> step(String name, Class<T> output, StepFunction<StepContext<I>, ? extends T> body) {
        return step(name, output, StepOptions.DEFAULT, body);
    }

    /** Adds a branch of one step with policies of its own. */
    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    public <T> Branch<T> step(
            String name, Class<T> output, StepOptions options, StepFunction<StepContext<I>, ? extends T> body) {
        Path where = path.child(name);
        ValueType<T> type = (ValueType<T>) build.type("step \"" + where + "\"", output);
        branches.add(SequenceBuilder.stepNode(name, type, options, retry, build.stepBody(body)));
        return new Branch<>(where, where, type);
    }

    /** Adds a branch of one atomic step; see {@link SequenceBuilder#atomic(String, Class, StepFunction)}. */
    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    public <T> Branch<T> atomic(
            String name, Class<T> output, StepOptions options, StepFunction<AtomicContext<I>, ? extends T> body) {
        Path where = path.child(name);
        ValueType<T> type = (ValueType<T>) build.type("step \"" + where + "\"", output);
        branches.add(SequenceBuilder.stepNode(name, type, options, retry, build.atomicBody(body)));
        return new Branch<>(where, where, type);
    }

    /** Adds a branch of one step without an output; the branch is good for asking for its error. */
    public Branch<?> step(String name, StepAction<StepContext<I>> body) {
        return step(name, StepOptions.DEFAULT, body);
    }

    /** Adds a branch of one step without an output, with policies of its own. */
    public Branch<?> step(String name, StepOptions options, StepAction<StepContext<I>> body) {
        Path where = path.child(name);
        branches.add(
                SequenceBuilder.stepNode(name, ValueTypes.NOTHING, options, retry, build.stepBody(body.asFunction())));
        return new Branch<@Nullable Object>(where, where, ValueTypes.NOTHING);
    }

    /** Says how a branch of one step is undone; see {@link SequenceBuilder#compensate(Ref, ValueAction)}. */
    public <T extends @Nullable Object> void compensate(Branch<T> step, ValueAction<StepContext<I>, T> undo) {
        compensate(step, retry, undo);
    }

    /** As {@link #compensate(Branch, ValueAction)}, tried as {@code policy} says. */
    public <T extends @Nullable Object> void compensate(
            Branch<T> step, Retry policy, ValueAction<StepContext<I>, T> undo) {
        build.compensate(branches, path, new Ref<>(step.node(), step.type()), policy, undo);
    }

    /** Adds a branch of several nodes; its output is that of the node that {@code content} returns. */
    public <T> Branch<T> branch(String name, Function<SequenceBuilder<I>, Ref<T>> content) {
        Path where = path.child(name);
        SequenceBuilder<I> sequence = new SequenceBuilder<>(build, where, depth, retry);
        Ref<T> result = content.apply(sequence);
        branches.add(new Sequence(name, sequence.nodes()));
        return new Branch<>(where, result.node(), result.type());
    }

    /** Makes the block's output of its branches' outputs. It is recorded like a step and may write to the context. */
    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    public <T> Ref<T> join(Class<T> output, StepFunction<JoinContext<I>, ? extends T> body) {
        if (yield != null) {
            build.problems.add("parallel block \"" + path + "\" has two joins; keep one");
        }
        Path where = path.part(Parallel.JOIN);
        ValueType<T> type = (ValueType<T>) build.type("the join of \"" + path + "\"", output);
        yield = new Parallel.Yield(build.joinBody(body), type);
        return new Ref<>(where, type);
    }

    Parallel node(String name) {
        return new Parallel(name, branches, policy, yield);
    }

    /** What a block yields that is nested so deep that its content was not asked for; the check reports it. */
    @SuppressWarnings("unchecked") // never read: the workflow is not built
    <T> Ref<T> tooDeep() {
        return new Ref<>(path.part(Parallel.JOIN), (ValueType<T>) ValueTypes.NOTHING);
    }
}
