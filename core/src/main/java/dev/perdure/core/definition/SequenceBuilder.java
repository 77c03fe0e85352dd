package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import dev.perdure.core.journal.Payload;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
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

    /**
     * Undoes what a step did, where the run fails or is cancelled after the step completed: {@code undo} gets the step's
     * output. Compensations run the newest first, each recorded like a step.
     *
     * @param step the reference that this builder gave for one of its steps
     */
    public <T> void compensate(Ref<T> step, CompensationAction<I, T> undo) {
        for (int i = 0; i < nodes.size(); i++) {
            if (path.child(nodes.get(i).name()).equals(step.node()) && nodes.get(i) instanceof Step done) {
                nodes.set(i, done.compensatedBy(undoing(step, undo, done.retry())));
                return;
            }
        }
        build.problems.add("\"" + step.node() + "\" is compensated where it is not a step; do so in its own block");
    }

    final <T> Step undoing(Ref<T> step, CompensationAction<I, T> undo, Retry policy) {
        StepFunction<StepContext<I>, @Nullable Object> body = context -> {
            undo.apply(context, context.get(step));
            return null;
        };
        return Step.of(Step.COMPENSATION, build.stepBody(body), ValueTypes.NOTHING, policy);
    }

    /**
     * Adds a loop over the list that {@code items} yields. {@code content} gets a reference to the item, to be read in the
     * loop's bodies, and returns the node whose outputs, in the order of the items, are the loop's.
     *
     * <pre>{@code
     * var receipts = w.forEach("invoices", Invoice.class, LoopOptions.DEFAULT.concurrency(8), s -> invoices(s.input()),
     *         (b, invoice) -> b.step("charge", Receipt.class, s -> charge(s.get(invoice))));
     * }</pre>
     *
     * @param item the type of the items
     * @param items yields a list, recorded once; anything else fails the loop
     */
    @SuppressWarnings("overloads") // a loop's lambda either returns a value or does not, so no call is ambiguous
    public <E, T> Ref<List<@Nullable T>> forEach(
            String name,
            Class<E> item,
            LoopOptions options,
            StepFunction<StepContext<I>, ?> items,
            BiFunction<SequenceBuilder<I>, Ref<E>, Ref<T>> content) {
        SequenceBuilder<I> body = loopBody(name);
        Ref<T> result = depth < Workflow.MAX_NESTING ? content.apply(body, itemOf(name, item)) : nowhere(name);
        nodes.add(loopNode(name, options, items, body, result.node()));
        return new Ref<>(path.child(name), ValueTypes.listOf(result.type()));
    }

    /** As the other {@code forEach}, without an output; its items share by context. */
    @SuppressWarnings("overloads") // see above
    public <E> void forEach(
            String name,
            Class<E> item,
            LoopOptions options,
            StepFunction<StepContext<I>, ?> items,
            BiConsumer<SequenceBuilder<I>, Ref<E>> content) {
        SequenceBuilder<I> body = loopBody(name);
        if (depth < Workflow.MAX_NESTING) {
            content.accept(body, itemOf(name, item));
        }
        nodes.add(loopNode(name, options, items, body, null));
    }

    private SequenceBuilder<I> loopBody(String name) {
        return new SequenceBuilder<>(build, path.child(name).eachItem(), depth + 1, retry);
    }

    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    private <E> Ref<E> itemOf(String name, Class<E> item) {
        Path loop = path.child(name);
        ValueType<E> type = (ValueType<E>) build.type("the items of \"" + loop + "\"", item);
        return new Ref<>(loop.eachItem().part(ForEach.ITEM), type);
    }

    private ForEach loopNode(
            String name,
            LoopOptions options,
            StepFunction<StepContext<I>, ?> items,
            SequenceBuilder<I> body,
            @Nullable Path result) {
        Step list = Step.of(ForEach.ITEMS, build.stepBody(items), build.anything(), retry);
        Sequence each = new Sequence(name, body.nodes(), result);
        return new ForEach(name, list, each, options.concurrency(), options.onError());
    }

    @SuppressWarnings("unchecked") // never read: the workflow is not built
    private <T> Ref<T> nowhere(String name) {
        return new Ref<>(path.child(name), (ValueType<T>) ValueTypes.NOTHING);
    }

    /**
     * Adds a choice by conditions: the first clause whose condition holds runs.
     *
     * <pre>{@code
     * w.choose("decision", c -> {
     *     c.on("activate", s -> s.get(approval).choice().equals("yes"), b -> b.step("activate", s -> activate()));
     *     c.otherwise(b -> b.step("reject", s -> reject()));
     * });
     * }</pre>
     */
    public void choose(String name, Consumer<ChooseBuilder<I>> clauses) {
        addChoice(name, null, clauses);
    }

    /** As {@link #choose(String, Consumer)}, with an output: that of the clause that ran, null for none. */
    public <T> Ref<@Nullable T> choose(String name, Class<T> output, Consumer<ChooseBuilder<I>> clauses) {
        addChoice(name, null, clauses);
        return typed(name, "choose", output);
    }

    /** Adds a choice by a value: the clause runs that was added with {@link ChooseBuilder#is is} an equal one. */
    public void chooseBy(String name, StepFunction<StepContext<I>, ?> value, Consumer<ChooseBuilder<I>> clauses) {
        addChoice(name, value, clauses);
    }

    private void addChoice(
            String name, @Nullable StepFunction<StepContext<I>, ?> value, Consumer<ChooseBuilder<I>> clauses) {
        Path where = path.child(name);
        ChooseBuilder<I> choice = new ChooseBuilder<>(
                build, where, value, clause -> new SequenceBuilder<>(build, where.child(clause), depth + 1, retry));
        if (depth < Workflow.MAX_NESTING) {
            clauses.accept(choice);
        }
        nodes.add(choice.node(name, retry));
    }

    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    private <T> Ref<@Nullable T> typed(String name, String what, Class<T> output) {
        Path where = path.child(name);
        ValueType<T> type = (ValueType<T>) build.type(what + " \"" + where + "\"", output);
        return new Ref<>(where, build.orNull(type));
    }

    /**
     * Adds a decision: the run goes on at the node of this sequence that {@code target} names, or at the next one for null.
     *
     * @param targets where it may go; without any, to every later node. Going back takes {@link Decide#backTo}
     */
    public void decide(String name, StepFunction<StepContext<I>, @Nullable String> target, Decide.Target... targets) {
        Step choice = Step.of(name, build.stepBody(target), ValueTypes.TEXT, retry);
        nodes.add(new Decide(name, choice, List.of(targets)));
    }

    /**
     * Adds a loop that runs until a condition holds, at least once. Its output is that of the node that {@code content}
     * returns, in the last iteration.
     *
     * <pre>{@code
     * var status = w.repeatUntil("poll", 100, b -> {
     *     var seen = b.step("ask", String.class, s -> service.status());
     *     b.sleep("pause", Duration.ofMinutes(1));
     *     b.until(s -> s.get(seen).equals("done"));
     *     return seen;
     * });
     * }</pre>
     *
     * @param maxIterations the loop fails with LIMIT_EXCEEDED after so many
     */
    @SuppressWarnings("overloads") // a loop's lambda either returns a value or does not, so no call is ambiguous
    public <T> Ref<T> repeatUntil(String name, int maxIterations, Function<RepeatBuilder<I>, Ref<T>> content) {
        RepeatBuilder<I> body = new RepeatBuilder<>(build, path.child(name), depth + 1, retry);
        Ref<T> result = depth < Workflow.MAX_NESTING ? content.apply(body) : nowhere(name);
        nodes.add(body.node(name, maxIterations, result.node()));
        return new Ref<>(path.child(name), result.type());
    }

    /** As the other {@code repeatUntil}, without an output. */
    @SuppressWarnings("overloads") // see above
    public void repeatUntil(String name, int maxIterations, Consumer<RepeatBuilder<I>> content) {
        RepeatBuilder<I> body = new RepeatBuilder<>(build, path.child(name), depth + 1, retry);
        if (depth < Workflow.MAX_NESTING) {
            content.accept(body);
        }
        nodes.add(body.node(name, maxIterations, null));
    }

    /** Adds a sleep, counted from the moment that the run gets there; stops and crashes do not lengthen it. */
    public void sleep(String name, Duration duration) {
        nodes.add(new Sleep(name, duration, null));
    }

    /** Adds a sleep until the time that {@code time} yields, which is recorded; none for one that has passed. */
    public void sleepUntil(String name, StepFunction<StepContext<I>, Instant> time) {
        StepFunction<StepContext<I>, Long> millis = context -> time.apply(context).toEpochMilli();
        nodes.add(new Sleep(name, null, Step.of(Sleep.TIME, build.stepBody(millis), ValueTypes.TIME, retry)));
    }

    /** Adds a wait for the signal of the node's name, for ever. */
    public <T> Ref<@Nullable T> awaitSignal(String name, Class<T> type) {
        return awaitSignal(name, type, SignalOptions.DEFAULT);
    }

    /** Adds a wait for a signal. One that was sent before is kept for it; each counts for one wait. */
    public <T> Ref<@Nullable T> awaitSignal(String name, Class<T> type, SignalOptions options) {
        Ref<@Nullable T> ref = typed(name, "signal", type);
        String signal = options.signal() == null ? name : options.signal();
        AwaitSignal.OnTimeout late = options.failsOnTimeout()
                ? new AwaitSignal.OnTimeout.Fail()
                : new AwaitSignal.OnTimeout.Yield(Payload.of(build.codec.encode(options.otherwise())));
        nodes.add(new AwaitSignal(
                name, AwaitSignal.Mode.ONE, List.of(signal), ref.type(), options.timeout(), late, null));
        return ref;
    }

    /** Adds a wait for the first of several signals; it yields null when it timed out. */
    public <T> Ref<@Nullable ReceivedSignal<@Nullable T>> awaitAny(
            String name, Class<T> type, List<String> signals, @Nullable Duration timeout) {
        return awaitSeveral(
                name, AwaitSignal.Mode.ANY, signals, timeout, ValueTypes.received(typed(name, "signal", type).type()));
    }

    /** Adds a wait for one signal of each name; it yields what they brought, by name, or null when it timed out. */
    public <T> Ref<@Nullable Map<String, @Nullable T>> awaitAll(
            String name, Class<T> type, List<String> signals, @Nullable Duration timeout) {
        return awaitSeveral(
                name, AwaitSignal.Mode.ALL, signals, timeout, ValueTypes.mapOf(typed(name, "signal", type).type()));
    }

    private <T extends @Nullable Object> Ref<T> awaitSeveral(
            String name, AwaitSignal.Mode mode, List<String> signals, @Nullable Duration timeout, ValueType<T> type) {
        nodes.add(new AwaitSignal(name, mode, signals, type, timeout, AwaitSignal.OnTimeout.NULL, null));
        return new Ref<>(path.child(name), type);
    }

    /**
     * Adds a request that somebody has to answer; it is listed as pending until then. It yields null when it timed out.
     *
     * @param timeout null for ever
     */
    public Ref<@Nullable ApprovalAnswer> approval(
            String name, @Nullable Duration timeout, StepFunction<StepContext<I>, ApprovalRequest> request) {
        Step asked = Step.of(AwaitSignal.REQUEST, build.stepBody(request), ValueTypes.REQUEST, retry);
        nodes.add(new AwaitSignal(
                name,
                AwaitSignal.Mode.APPROVAL,
                List.of(),
                ValueTypes.ANSWER,
                timeout,
                AwaitSignal.OnTimeout.NULL,
                asked));
        return new Ref<>(path.child(name), ValueTypes.ANSWER);
    }

    /**
     * Adds a request to the outside and a wait for its callback. {@code request} hands a token out; whoever brings it back,
     * once, ends the wait. A request that a crash interrupted runs again with another token; each is good.
     *
     * @param timeout null for ever; then it yields null
     */
    public <T> Ref<@Nullable T> callback(
            String name, Class<T> type, @Nullable Duration timeout, CallbackRequest<I> request) {
        Ref<@Nullable T> ref = typed(name, "callback", type);
        StepFunction<StepContext<I>, @Nullable Object> body = context -> {
            request.apply(context, Objects.requireNonNull(context.body().token()));
            return null;
        };
        Step asked = Step.of(AwaitSignal.REQUEST, build.stepBody(body), ValueTypes.NOTHING, retry);
        nodes.add(new AwaitSignal(
                name,
                AwaitSignal.Mode.CALLBACK,
                List.of(),
                ref.type(),
                timeout,
                AwaitSignal.OnTimeout.NULL,
                asked));
        return ref;
    }

    /** Adds a run of another workflow, a child of this one, and waits for its output. */
    public <C extends @Nullable Object, O extends @Nullable Object> Ref<O> call(
            String name, Workflow<C, O> child, StepFunction<StepContext<I>, C> input) {
        Step given = Step.of(Call.INPUT, build.stepBody(input), child.input(), retry);
        nodes.add(new Call(name, child.name(), child.version(), given, child.output(), false));
        return new Ref<>(path.child(name), child.output());
    }

    /** As {@link #call(String, Workflow, StepFunction)}, by name: the newest version that is registered then. */
    public <O> Ref<@Nullable O> call(
            String name, String workflow, Class<O> output, StepFunction<StepContext<I>, ?> input) {
        Ref<@Nullable O> ref = typed(name, "call", output);
        Step given = Step.of(Call.INPUT, build.stepBody(input), build.anything(), retry);
        nodes.add(new Call(name, workflow, 0, given, ref.type(), false));
        return ref;
    }

    /** Adds a run of another workflow that is started and left alone; yields its run id. */
    public Ref<@Nullable String> callDetached(
            String name, String workflow, StepFunction<StepContext<I>, ?> input) {
        Step given = Step.of(Call.INPUT, build.stepBody(input), build.anything(), retry);
        nodes.add(new Call(name, workflow, 0, given, ValueTypes.TEXT, true));
        return new Ref<>(path.child(name), ValueTypes.TEXT);
    }

    static Step stepNode(String name, ValueType<?> type, StepOptions options, Retry inherited, BlockingBody body) {
        Retry own = options.retry();
        return new Step(name, body, type, own == null ? inherited : own, options.timeout(), options.isAtMostOnce(), null);
    }
}
