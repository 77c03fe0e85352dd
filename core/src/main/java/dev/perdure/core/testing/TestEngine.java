package dev.perdure.core.testing;

import dev.perdure.core.definition.Workflow;
import dev.perdure.core.engine.Engine;
import dev.perdure.core.engine.Run;
import dev.perdure.core.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An engine for tests: in memory, with a clock of its own that skips every wait, and on the calling thread, so that each test
 * goes the same way each time. A run goes on until it ends, or waits for something that the test does not script.
 *
 * <pre>{@code
 * try (TestEngine engine = TestEngine.of(onboarding)) {
 *     engine.script().step("charge").returns(new Receipt("r-1")).signal("approval", new Approval(true));
 *     engine.run(onboarding, user)
 *             .assertCompleted("welcome_email", "charge")
 *             .assertContext("plan", "free");
 *     assertEquals(Duration.ofDays(3), engine.elapsed());
 * }
 * }</pre>
 *
 * <p>Bodies are not to wait for each other. Confined to the thread that opened it.
 */
public final class TestEngine implements AutoCloseable {
    private final MemoryStore store = new MemoryStore();
    private final Bodies bodies = new Bodies();
    private final Script script = new Script();
    private final Map<String, String> tokens = new HashMap<>();
    private final Stage.Setup setup;
    private final Instant start;
    private Stage stage;

    private TestEngine(List<Workflow<?, ?>> workflows) {
        setup = new Stage.Setup(workflows, script, bodies, false);
        start = new VirtualClock().now();
        stage = new Stage(setup, new Tape(store), start, tokens);
    }

    /** Opens an engine that knows these workflows. */
    public static TestEngine of(Workflow<?, ?>... workflows) {
        return new TestEngine(List.of(workflows));
    }

    /** What is in the place of the world around the workflows, to be added to. */
    public Script script() {
        return script;
    }

    /** Runs a workflow as far as it goes; the run has the id {@code run}. */
    public <I extends @Nullable Object> TestRun run(Workflow<I, ?> workflow, I input) {
        stage.start(workflow, Stage.RUN, input);
        return goOn();
    }

    /** Goes on as far as it goes, after something was sent or scripted. */
    public TestRun goOn() {
        List<String> moves = stage.moves();
        while (!moves.isEmpty()) {
            stage.make(moves.get(0));
            moves = stage.moves();
        }
        return new TestRun(store, Stage.RUN);
    }

    /** Sends the run a signal, and goes on. */
    public TestRun signal(String name, @Nullable Object payload) {
        stage.await(stage.engine().signal(Stage.RUN, name, payload, null));
        stage.settle();
        return goOn();
    }

    /** Does something with the engine and the run, such as a cancel, and goes on. */
    public TestRun with(java.util.function.BiFunction<Engine, Run, java.util.concurrent.CompletableFuture<?>> action) {
        Run run = stage.engine().find(Stage.RUN).orElseThrow(() -> new AssertionError("no run was started yet"));
        stage.await(action.apply(stage.engine(), run));
        stage.settle();
        return goOn();
    }

    /** Stops the engine as a crash would between two runs, opens another one, and goes on. */
    public TestRun restart() {
        Instant now = stage.clock().now();
        stage.close();
        stage = new Stage(setup, new Tape(store), now, tokens);
        return goOn();
    }

    /** How much time has passed for the workflows, all of it skipped. */
    public Duration elapsed() {
        return Duration.between(start, stage.clock().now());
    }

    @Override
    public void close() {
        stage.close();
        bodies.close();
    }
}
