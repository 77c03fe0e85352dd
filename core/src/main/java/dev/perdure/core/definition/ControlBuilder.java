package dev.perdure.core.definition;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Adds what directs a run: loops, choices, decisions and child runs. What each of them decides is recorded, so that a resumed
 * run goes the same way.
 *
 * @param <I> the type of the workflow's input
 */
public abstract sealed class ControlBuilder<I extends @Nullable Object> extends WaitBuilder<I> permits SequenceBuilder {
    ControlBuilder(Build<I> build, Path path, int depth, Retry retry) {
        super(build, path, depth, retry);
    }

    /**
     * Adds a loop: {@code content} describes what is done with each item. The list is made, and recorded, when the run gets
     * there; bodies in the loop read their item with {@code s.get(item)} and its number with {@code s.index()}.
     *
     * <pre>{@code
     * w.forEach("invoices", Invoice.class, s -> invoices(s.input()), (loop, invoice) -> {
     *     loop.concurrency(8);
     *     loop.step("charge", s -> charge(s.get(invoice)));
     * });
     * }</pre>
     *
     * @param item the type of the list's elements
     */
    public <E> void forEach(
            String name,
            Class<E> item,
            StepFunction<StepContext<I>, ? extends List<E>> items,
            BiConsumer<LoopBuilder<I>, Ref<E>> content) {
        Ref<E> each = item(name, item);
        loop(name, made(each, items), each, withoutOutput(content));
    }

    /** As above, over the list that an earlier node yields; another output fails the loop with INVALID_ITEMS. */
    public <E> void forEach(String name, Class<E> item, Ref<?> items, BiConsumer<LoopBuilder<I>, Ref<E>> content) {
        loop(name, yielded(items), item(name, item), withoutOutput(content));
    }

    /** As above, over the list that the context has under {@code key}; another value fails the loop with INVALID_ITEMS. */
    public <E> void forEach(String name, Class<E> item, String key, BiConsumer<LoopBuilder<I>, Ref<E>> content) {
        loop(name, kept(key), item(name, item), withoutOutput(content));
    }

    /**
     * As {@link #forEach(String, Class, StepFunction, BiConsumer) forEach}, for a loop with an output: a list, in the order of
     * the items, of what the node that {@code content} returns yields for each; null for an item that failed under CONTINUE.
     *
     * <pre>{@code
     * var receipts = w.mapEach("invoices", Invoice.class, s -> invoices(s.input()), (loop, invoice) ->
     *         loop.step("charge", Receipt.class, s -> charge(s.get(invoice))));
     * }</pre>
     */
    public <E, T> Ref<List<@Nullable T>> mapEach(
            String name,
            Class<E> item,
            StepFunction<StepContext<I>, ? extends List<E>> items,
            BiFunction<LoopBuilder<I>, Ref<E>, Ref<T>> content) {
        Ref<E> each = item(name, item);
        return loop(name, made(each, items), each, content);
    }

    /** As above, over the list that an earlier node yields. */
    public <E, T> Ref<List<@Nullable T>> mapEach(
            String name, Class<E> item, Ref<?> items, BiFunction<LoopBuilder<I>, Ref<E>, Ref<T>> content) {
        return loop(name, yielded(items), item(name, item), content);
    }

    /** As above, over the list that the context has under {@code key}. */
    public <E, T> Ref<List<@Nullable T>> mapEach(
            String name, Class<E> item, String key, BiFunction<LoopBuilder<I>, Ref<E>, Ref<T>> content) {
        return loop(name, kept(key), item(name, item), content);
    }

    private <E> Ref<E> item(String name, Class<E> item) {
        return new Ref<>(path().child(name).eachItem().part(ForEach.ITEM), type("the items of", name, item));
    }

    private <E> Step made(Ref<E> item, StepFunction<StepContext<I>, ? extends List<E>> items) {
        return part(ForEach.ITEMS, ValueTypes.listOf(item.type()), items);
    }

    private <T extends @Nullable Object> Step yielded(Ref<T> items) {
        return part(ForEach.ITEMS, items.type(), s -> s.get(items));
    }

    private Step kept(String key) {
        return this.<@Nullable Object>part(ForEach.ITEMS, ValueTypes.PLAIN, s -> {
            if (!s.has(key)) {
                throw new PerdureException(
                        ErrorCode.NO_VALUE,
                        "\"" + s.path() + "\" loops over context key " + Names.quoted(key)
                                + ", which nothing before it wrote");
            }
            return s.body().get(key);
        });
    }

    private static <I extends @Nullable Object, E>
            BiFunction<LoopBuilder<I>, Ref<E>, @Nullable Ref<Object>> withoutOutput(
                    BiConsumer<LoopBuilder<I>, Ref<E>> content) {
        return (loop, item) -> {
            content.accept(loop, item);
            return null;
        };
    }

    @SuppressWarnings("unchecked") // a loop without an output is not read
    private <E, T> Ref<List<@Nullable T>> loop(
            String name,
            Step items,
            Ref<E> item,
            BiFunction<LoopBuilder<I>, Ref<E>, ? extends @Nullable Ref<T>> content) {
        LoopBuilder<I> loop = new LoopBuilder<>(shared(), path().child(name).eachItem(), depth() + 1, retry());
        Ref<T> result = isTooDeep() ? null : content.apply(loop, item);
        add(loop.node(name, items, result == null ? null : result.node()));
        ValueType<T> type = result == null ? (ValueType<T>) ValueTypes.NOTHING : result.type();
        return ref(name, ValueTypes.listOf(ValueTypes.orNull(type)));
    }

    /**
     * Adds a loop that runs at least once, and again until the condition holds that {@code content} gives last; it yields what
     * that names.
     *
     * <pre>{@code
     * var state = w.repeatUntil("poll", 100, r -> {
     *     var status = r.step("ask", String.class, s -> service.status(s.input()));
     *     r.sleep("pause", Duration.ofMinutes(1));
     *     return r.until(status, s -> s.get(status).equals("done"));
     * });
     * }</pre>
     *
     * @param maxIterations the loop fails with LIMIT_EXCEEDED when the condition does not hold after so many
     */
    @SuppressWarnings("unchecked") // what is too deep is never read: the workflow is not built
    public <T extends @Nullable Object> Ref<T> repeatUntil(
            String name, int maxIterations, Function<RepeatBuilder<I>, RepeatBuilder.Until<T>> content) {
        Path where = path().child(name);
        RepeatBuilder<I> loop = new RepeatBuilder<>(shared(), where, depth() + 1, retry());
        Ref<T> output = isTooDeep()
                ? new Ref<>(where, (ValueType<T>) ValueTypes.NOTHING)
                : content.apply(loop).output();
        add(loop.node(name, maxIterations));
        return output;
    }

    /** Adds a choice of one of several clauses, by conditions; see {@link ChooseBuilder}. */
    public void choose(String name, Consumer<ChooseBuilder<I>> content) {
        ChooseBuilder<I> clauses = new ChooseBuilder<>(this, name);
        if (!isTooDeep()) {
            content.accept(clauses);
        }
        add(clauses.node(null));
    }

    /** Adds a choice of one of several clauses, by a value; see {@link CaseBuilder}. */
    public void choose(String name, StepFunction<StepContext<I>, ?> value, Consumer<CaseBuilder<I>> content) {
        CaseBuilder<I> clauses = new CaseBuilder<>(this, name);
        if (!isTooDeep()) {
            content.accept(clauses);
        }
        add(clauses.node(value));
    }

    /** Adds a choice, by conditions, that yields what the clause does which ran; see {@link TypedChooseBuilder}. */
    public <T> Ref<T> choose(String name, Class<T> output, Function<TypedChooseBuilder<I, T>, Ref<T>> content) {
        Ref<T> own = ref(name, type("choose", name, output));
        TypedChooseBuilder<I, T> clauses = new TypedChooseBuilder<>(this, name, own);
        return typed(own, clauses, null, () -> content.apply(clauses));
    }

    /** Adds a choice, by a value, that yields what the clause does which ran; see {@link TypedCaseBuilder}. */
    public <T> Ref<T> choose(
            String name,
            Class<T> output,
            StepFunction<StepContext<I>, ?> value,
            Function<TypedCaseBuilder<I, T>, Ref<T>> content) {
        Ref<T> own = ref(name, type("choose", name, output));
        TypedCaseBuilder<I, T> clauses = new TypedCaseBuilder<>(this, name, own);
        return typed(own, clauses, value, () -> content.apply(clauses));
    }

    private <T> Ref<T> typed(
            Ref<T> own,
            ClausesBuilder<I> clauses,
            @Nullable StepFunction<StepContext<I>, ?> value,
            Supplier<Ref<T>> content) {
        if (!isTooDeep() && !content.get().equals(own)) {
            shared().problems
                    .add("choose \"" + own.node()
                            + "\" yields a value; end it with otherwise(…) and return what that gives");
        }
        add(clauses.node(value));
        return own;
    }

    /**
     * Adds a decision: where this sequence goes on, by the name of any later node of it, or null for the next. What it skips
     * has no output.
     *
     * <pre>{@code
     * w.decide("amount", s -> s.input().amount() > 1000 ? "manager_approval" : null);
     * }</pre>
     */
    public void decide(String name, StepFunction<StepContext<I>, @Nullable String> body) {
        decide(name, List.of(), body);
    }

    /**
     * As above, to none but {@code targets}, which may come before the decision: {@code List.of(Target.to("ship"),
     * Target.backTo("poll", 10))}. A node that is run again keeps what it yielded last.
     */
    public void decide(String name, List<Decide.Target> targets, StepFunction<StepContext<I>, @Nullable String> body) {
        add(new Decide(name, part(name, ValueTypes.NAME, body), targets));
    }

    /**
     * Runs another workflow as a child of this run and yields what it does. A child that fails or is cancelled fails the node
     * with CHILD_FAILED; cancelling this run cancels the child.
     *
     * <pre>{@code
     * var receipt = w.call("shipping", shipping, s -> new Parcel(s.input().address()));
     * }</pre>
     *
     * @param workflow says which workflow and of what types; the newest registered version of it runs
     */
    public <C extends @Nullable Object, O extends @Nullable Object> Ref<O> call(
            String name, Workflow<C, O> workflow, StepFunction<StepContext<I>, ? extends C> input) {
        return call(name, workflow, 0, input);
    }

    /** As above, in a given version; 0 for the newest. */
    public <C extends @Nullable Object, O extends @Nullable Object> Ref<O> call(
            String name, Workflow<C, O> workflow, int version, StepFunction<StepContext<I>, ? extends C> input) {
        Step made = part(Call.INPUT, workflow.input(), input);
        add(new Call(name, workflow.name(), version, made, workflow.output(), false));
        return ref(name, workflow.output());
    }

    /** As above, for a workflow known by its name only; 0 for its newest version. */
    public <O> Ref<O> call(
            String name, String workflow, int version, Class<O> output, StepFunction<StepContext<I>, ?> input) {
        ValueType<O> type = type("call", name, output);
        Step made = part(Call.INPUT, ValueTypes.anyOf(shared().codec), input);
        add(new Call(name, workflow, version, made, type, false));
        return ref(name, type);
    }

    /** Starts a run of another workflow that goes its own way, and yields its run id; nobody waits for it or cancels it. */
    public <C extends @Nullable Object> Ref<String> callDetached(
            String name, Workflow<C, ?> workflow, StepFunction<StepContext<I>, ? extends C> input) {
        Step made = part(Call.INPUT, workflow.input(), input);
        return detached(new Call(name, workflow.name(), 0, made, ValueTypes.RUN_ID, true));
    }

    /** As above, for a workflow known by its name only; 0 for its newest version. */
    public Ref<String> callDetached(String name, String workflow, int version, StepFunction<StepContext<I>, ?> input) {
        Step made = part(Call.INPUT, ValueTypes.anyOf(shared().codec), input);
        return detached(new Call(name, workflow, version, made, ValueTypes.RUN_ID, true));
    }

    private Ref<String> detached(Call call) {
        add(call);
        return ref(call.name(), ValueTypes.RUN_ID);
    }
}
