package dev.perdure.core.engine;

import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunFailedException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.insight.ContextAt;
import dev.perdure.core.insight.Explanation;
import dev.perdure.core.insight.RunDiff;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Store;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A handle on one run of an engine. It holds nothing of the run: what it tells is read from the store, so it is durable.
 *
 * <p>Thread-safe.
 */
public final class Run {
    private final Engine engine;
    private final Store store;
    private final String id;

    Run(Engine engine, Store store, String id) {
        this.engine = engine;
        this.store = store;
        this.id = id;
    }

    /** The run's id, its idempotency key. */
    public String id() {
        return id;
    }

    /** The engine that it is a handle of. */
    public Engine engine() {
        return engine;
    }

    /** The workflow's name. */
    public String workflow() {
        return record().workflow();
    }

    public RunStatus status() {
        return record().status();
    }

    /**
     * The run's own row as it is now.
     *
     * @throws PerdureException UNKNOWN_RUN when it was reset
     */
    public RunRecord record() {
        return store.find(id).orElseThrow(() -> Refusals.unknown(id));
    }

    /** The run's journal as it is now. */
    public List<Row> journal() {
        return store.journal(id);
    }

    /** The run's context in plain data, as of its newest snapshot: one is written when a run ends. */
    @SuppressWarnings("unchecked") // a context is stored as a map
    public Map<String, @Nullable Object> context() {
        String context = record().context();
        if (context == null) {
            return Map.of();
        }
        return (Map<String, @Nullable Object>) Objects.requireNonNull(Json.read(context));
    }

    /** What the run waits for, since when, and what would make it go on. */
    public Explanation explain() {
        RunRecord record = record();
        return Explanation.of(record, engine.workflowOf(record), journal());
    }

    /**
     * The run's context around one of its nodes.
     *
     * @throws PerdureException INVALID_ARGUMENT when the run was never there; UNKNOWN_WORKFLOW
     */
    public ContextAt contextAt(String path) {
        RunRecord record = record();
        return ContextAt.of(record, engine.requireWorkflow(record), journal(), Path.parse(path));
    }

    /** In what this run differs from another one. */
    public RunDiff diff(Run other) {
        return RunDiff.of(journal(), other.journal());
    }

    /**
     * Completes when the run has ended or stopped (INCOMPATIBLE, BLOCKED), with its row; exceptionally when this engine
     * closes or loses the run first.
     */
    public CompletableFuture<RunRecord> outcome() {
        return engine.registry().outcome(id);
    }

    /**
     * Waits for the run's end and returns its output.
     *
     * @throws RunFailedException when the run ended FAILED or CANCELLED, or stopped
     * @throws PerdureException ENGINE_CLOSED when this engine closes first
     * @throws InterruptedException when the waiting thread is interrupted; the run goes on
     */
    public <T> @Nullable T await(Class<T> type) throws InterruptedException {
        return type.cast(outputOf(Ended.get(outcome())));
    }

    /** The output of a run that ended, decoded as its workflow says; throws as {@link #await} does when it has none. */
    public @Nullable Object outputOf(RunRecord ended) {
        Object plain = Ended.plain(ended);
        Workflow<?, ?> workflow = engine.workflowOf(ended);
        return workflow == null ? plain : workflow.output().decode(plain);
    }

    /**
     * Cancels the run: recorded first, then its bodies are stopped, then it ends CANCELLED. Completes with whether the cancel
     * was recorded: false for a run that had ended.
     */
    public CompletableFuture<Boolean> cancel(String reason) {
        return engine.registry().questions().cancel(id, reason);
    }

    /**
     * Pauses the run: nothing of it starts any more, bodies that run end and are recorded, waits go on. Completes with
     * whether that was recorded: false for a run that ended, is being cancelled, or waits for its time or its turn to begin.
     */
    public CompletableFuture<Boolean> pause(String reason) {
        return engine.registry().questions().pause(id, reason);
    }

    /** Lets a paused run go on. Completes, once that is durable, with whether it was paused. */
    public CompletableFuture<Boolean> resume() {
        return engine.registry().questions().resume(id);
    }

    /** Sends the run a signal; see {@link Engine#signal}. */
    public CompletableFuture<Boolean> signal(String name, @Nullable Object value) {
        return engine.signal(id, name, value, null);
    }

    /** As {@link #signal(String, Object)}; a second signal of this name with the same key counts as the same one. */
    public CompletableFuture<Boolean> signal(String name, @Nullable Object value, @Nullable String key) {
        return engine.signal(id, name, value, key);
    }

    /**
     * Lets a run go on that ended FAILED, CANCELLED or COMPENSATION_FAILED, or stopped: what failed is due again with a new budget of attempts, what
     * is recorded stays. Completes once that is durable.
     *
     * @throws PerdureException WRONG_STATUS (through the future) when the run is active or COMPLETED
     */
    public CompletableFuture<Void> retry() {
        return engine.registry().retries().retry(id);
    }

    @Override
    public String toString() {
        return "Run[" + id + "]";
    }
}
