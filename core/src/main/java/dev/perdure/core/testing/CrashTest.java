package dev.perdure.core.testing;

import dev.perdure.core.definition.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tries a workflow against every crash: runs it in memory, and then once from each state that a crash can leave it in, and in
 * each order in which what runs side by side can end.
 *
 * <pre>{@code
 * CrashTest.crashEverywhere(approve, order);
 *
 * CrashTest.of(approve, order)
 *         .script(world -> world.signal("approval", new Approval(true)))
 *         .checking(run -> run.assertCompleted("charge"))
 *         .run();
 * }</pre>
 *
 * <p>A body runs where it is started, and what comes of it is recorded later, or never: so a crash finds every body that was
 * under way with its effects done, and runs it again. A run that is resumed has to end as the one without a crash did, when
 * what was left to do ends in the same order: with the same status, output, context and type of failure. And no order may
 * give another end than any other. Sleeps take no time; nothing waits for a body that waits for another one.
 *
 * <p>Confined to one thread, on which everything runs but coroutines and workflow code.
 *
 * @param <I> the type of the workflow's input
 */
public final class CrashTest<I extends @Nullable Object> {
    private static final int DEFAULT_LIMIT = 5_000;

    final Supplier<? extends Workflow<I, ?>> workflow;
    final I input;
    final Script script = new Script();
    final List<Workflow<?, ?>> others = new ArrayList<>();
    final boolean isWorldNew;
    int limit = DEFAULT_LIMIT;
    long seed = 1;
    boolean isOrderFree;
    boolean isTimeFree;
    Function<RunEnd, @Nullable Object> comparison = end -> end;
    Consumer<TestRun> check = run -> {};

    private CrashTest(Supplier<? extends Workflow<I, ?>> workflow, I input, boolean isWorldNew) {
        this.workflow = workflow;
        this.input = input;
        this.isWorldNew = isWorldNew;
    }

    /**
     * As {@link #of(Workflow, Object)}, run as it is.
     *
     * @return what was tried
     * @throws AssertionError with the first place at which the workflow does not survive a crash, and how it came there
     */
    public static <I extends @Nullable Object> CrashReport crashEverywhere(Workflow<I, ?> workflow, I input) {
        return of(workflow, input).run();
    }

    /** Begins to describe a test of a workflow whose bodies keep nothing from one run to the next. */
    public static <I extends @Nullable Object> CrashTest<I> of(Workflow<I, ?> workflow, I input) {
        Objects.requireNonNull(workflow, "workflow");
        return new CrashTest<>(() -> workflow, input, false);
    }

    /**
     * Begins to describe a test of a workflow whose bodies change a world of their own. It is made anew, and the workflow with
     * it, for each run; a crash leaves the world as it is. This takes about twice the time.
     *
     * <pre>{@code
     * CrashTest.inNewWorlds(() -> payments(new FakeBank()), order).run();
     * }</pre>
     */
    public static <I extends @Nullable Object> CrashTest<I> inNewWorlds(
            Supplier<? extends Workflow<I, ?>> workflow, I input) {
        return new CrashTest<>(workflow, input, true);
    }

    /** Says what is in the place of the world around the workflow. */
    public CrashTest<I> script(Consumer<Script> world) {
        world.accept(script);
        return this;
    }

    /** Adds workflows that this one calls. */
    public CrashTest<I> calling(Workflow<?, ?>... called) {
        others.addAll(List.of(called));
        return this;
    }

    /** How many states are tried at most, at least 1: 5,000 unless said. Of more, a sample is. */
    public CrashTest<I> limit(int states) {
        if (states < 1) {
            throw new IllegalArgumentException("the limit is " + states + " states; expected 1 or more");
        }
        limit = states;
        return this;
    }

    /** What a sample is drawn with; a report and every error say it. */
    public CrashTest<I> seed(long number) {
        seed = number;
        return this;
    }

    /**
     * The order in which steps that run side by side end may change how the run ends: as it does where the last one to write
     * wins, or the first to end cancels the others. Each order is then a state of its own, and held to its own end.
     */
    public CrashTest<I> orderMayMatter() {
        isOrderFree = true;
        return this;
    }

    /** Lets sleeps and back-offs end while bodies run, too. Not for workflows with timeouts, which would then run out. */
    public CrashTest<I> timePassesMeanwhile() {
        isTimeFree = true;
        return this;
    }

    /** What has to be equal of two ends, where not all of them is: a random id in the output, say. */
    public CrashTest<I> comparing(Function<RunEnd, @Nullable Object> part) {
        comparison = part;
        return this;
    }

    /** Checks each run that was resumed, with assertions of its own. */
    public CrashTest<I> checking(Consumer<TestRun> assertions) {
        check = assertions;
        return this;
    }

    /**
     * Tries everything.
     *
     * @return what was tried
     * @throws AssertionError with the first place at which the workflow does not survive a crash, and how it came there
     */
    public CrashReport run() {
        try (Bodies bodies = new Bodies()) {
            return new Exploration<>(this, bodies).run();
        }
    }
}
