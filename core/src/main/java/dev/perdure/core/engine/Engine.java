package dev.perdure.core.engine;

import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunFailedException;
import dev.perdure.core.definition.ApprovalAnswer;
import dev.perdure.core.definition.ProcedureContext;
import dev.perdure.core.definition.StepFunction;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.insight.Fork;
import dev.perdure.core.insight.Preflight;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.schedule.Schedule;
import dev.perdure.core.spi.BodyScopes;
import dev.perdure.core.spi.Purge;
import dev.perdure.core.spi.RunArchive;
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.Store;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Runs workflows durably: owns the runs of one store, starts new ones, and goes on with those that a crash or a close left.
 *
 * <pre>{@code
 * try (Engine engine = Engine.builder(SqliteStore.open(Path.of("app.db"))).register(approve).open()) {
 *     Run run = engine.start("approve", "order-123", order);
 *     System.out.println(run.await(String.class));
 * }
 * }</pre>
 *
 * <p>Thread-safe. Closing it closes its store.
 */
public final class Engine implements AutoCloseable {
    private final EnginePlan plan;
    private final EngineParts parts;
    private final Signals signals;
    private final AdHoc adHoc;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private Engine(EnginePlan plan, EngineParts parts) {
        this.plan = plan;
        this.parts = parts;
        this.signals = new Signals(parts.services(), parts.registry());
        this.adHoc = new AdHoc(this, parts.registry(), plan.workflows(), parts.inputs());
    }

    /** Begins to describe an engine on {@code store}, which it will own and close. */
    public static EngineBuilder builder(Store store) {
        return new EngineBuilder(store);
    }

    static Engine open(EnginePlan plan) {
        return new Engine(plan, EngineParts.open(plan));
    }

    /**
     * Starts a run of the newest registered version of a workflow, and returns once that is durable. An id that is taken by a
     * run of the same workflow with the same input attaches to that run, whatever its status.
     *
     * @throws PerdureException UNKNOWN_WORKFLOW; NOT_ENCODABLE for the input; RUN_CONFLICT when the id is taken by a run of
     *     another workflow or with another input; STORE_UNAVAILABLE when the store is out of reach, after which the same call
     *     may be made again
     */
    public Run start(String workflow, String runId, @Nullable Object input) {
        return Futures.join(startAsync(workflow, runId, input));
    }

    /** As {@link #start(String, String, Object)}, with options. */
    public Run start(String workflow, String runId, @Nullable Object input, StartOptions options) {
        return Futures.join(startAsync(workflow, runId, input, options));
    }

    /** As {@link #start(String, String, Object)}, without waiting; errors come through the future. */
    public CompletableFuture<Run> startAsync(String workflow, String runId, @Nullable Object input) {
        return startAsync(workflow, runId, input, StartOptions.DEFAULT);
    }

    /** As {@link #startAsync(String, String, Object)}, with options. */
    public CompletableFuture<Run> startAsync(
            String workflow, String runId, @Nullable Object input, StartOptions options) {
        try {
            Names.requireValid("run id", runId);
            Workflow<?, ?> definition = plan.workflows().latest(workflow);
            RunRecord run =
                    parts.inputs().newRun(definition, runId, parts.inputs().encode(definition, input), options);
            return parts.registry()
                    .starts()
                    .start(run, true)
                    .thenApply(started -> new Run(this, plan.store(), started.id()));
        } catch (PerdureException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** Starts a run of a workflow that is registered here; typed. */
    public <I extends @Nullable Object> Run start(Workflow<I, ?> workflow, String runId, I input) {
        return start(workflow.name(), runId, input);
    }

    /**
     * Starts runs of a workflow whenever {@code schedule} says so; returns once that is durable. Each run has the id {@code
     * name@time}, as {@link Instant#toString} writes it, and is of the newest version that is registered then. A schedule of
     * this name is replaced; one with the same times keeps its place, so a program may declare its schedules whenever it starts
     * and still catches up on what it missed. {@link EngineEvent.ScheduleFailed} tells of a run that could not be started.
     *
     * <pre>{@code
     * engine.schedule("report", Schedule.cron("0 9 * * MON-FRI", zone), "write_report", input);
     * }</pre>
     *
     * @throws PerdureException INVALID_NAME; UNKNOWN_WORKFLOW; NOT_ENCODABLE for the input; ENGINE_CLOSED
     */
    public void schedule(String name, Schedule schedule, String workflow, @Nullable Object input) {
        Futures.join(scheduleAsync(name, schedule, workflow, input));
    }

    /** As {@link #schedule}, without waiting; errors come through the future. */
    public CompletableFuture<Void> scheduleAsync(
            String name, Schedule schedule, String workflow, @Nullable Object input) {
        return Futures.of(() -> parts.scheduler()
                .put(
                        name,
                        schedule,
                        workflow,
                        parts.inputs().encode(plan.workflows().latest(workflow), input)));
    }

    /**
     * Removes a schedule, and returns once that is durable. Runs that it started go on.
     *
     * @throws PerdureException UNKNOWN_SCHEDULE when there is none of this name; ENGINE_CLOSED
     */
    public void unschedule(String name) {
        Futures.join(unscheduleAsync(name));
    }

    /** As {@link #unschedule}, without waiting; errors come through the future. */
    public CompletableFuture<Void> unscheduleAsync(String name) {
        return Futures.of(() -> parts.scheduler().drop(name));
    }

    /** The schedules in the store, by name. */
    public List<ScheduledWorkflow> schedules() {
        return parts.scheduler().list();
    }

    /**
     * Runs code as a run, and waits for its end. The same call, made again with the same id, goes on where a crash left the run,
     * tries again what failed, or returns what is recorded; whoever calls it while it runs waits for the same end. See {@link
     * ProcedureContext}.
     *
     * <pre>{@code
     * String result = engine.execute("order-123", ctx -> {
     *     Payment payment = ctx.step("payment", Payment.class, () -> pay());
     *     return ctx.step("ship", String.class, () -> ship(payment));
     * });
     * }</pre>
     *
     * <p>No engine goes on with such a run by itself, as it does not have the code; {@link #list} finds those that are open. The
     * result is plain data that is read back as it was given; for any other, say its class.
     *
     * @throws RunFailedException when the run fails, is cancelled, or stops because the code does not fit its journal
     * @throws PerdureException RUN_CONFLICT when the id is taken by a run of a workflow, or with another input
     * @throws InterruptedException when the waiting thread is interrupted; the run goes on
     */
    public <T extends @Nullable Object> T execute(
            String runId, StepFunction<ProcedureContext<@Nullable Object>, ? extends T> code)
            throws InterruptedException {
        return adHoc.run(runId, null, Workflow.adHoc(null, null, code), false);
    }

    /** As {@link #execute(String, StepFunction)}, for a result of any type that can be recorded. */
    public <T> T execute(
            String runId, Class<T> output, StepFunction<ProcedureContext<@Nullable Object>, ? extends T> code)
            throws InterruptedException {
        return adHoc.run(runId, null, Workflow.<@Nullable Object, T>adHoc(null, output, code), false);
    }

    /** As above, with an input, which the run keeps: the same id with another one is a RUN_CONFLICT. */
    public <I, T> T execute(String runId, I input, Class<T> output, StepFunction<ProcedureContext<I>, ? extends T> code)
            throws InterruptedException {
        return adHoc.run(runId, input, Workflow.<I, T>adHoc(input.getClass(), output, code), false);
    }

    /** As {@link #execute(String, Class, StepFunction)}, and goes on with a run even if it was cancelled. */
    public <T> T resume(
            String runId, Class<T> output, StepFunction<ProcedureContext<@Nullable Object>, ? extends T> code)
            throws InterruptedException {
        return adHoc.run(runId, null, Workflow.<@Nullable Object, T>adHoc(null, output, code), true);
    }

    /** The run with this id, of any workflow and status; empty where the store has none. */
    public Optional<Run> find(String runId) {
        return plan.store().find(runId).map(run -> new Run(this, plan.store(), run.id()));
    }

    /** Runs in the store, oldest first. */
    public List<RunRecord> list(RunQuery query) {
        return plan.store().list(query);
    }

    /**
     * Forgets a run: stops it, deletes its journal, and frees its id. A run that is started with the id later is another one:
     * its steps have other idempotency keys.
     *
     * @throws PerdureException UNKNOWN_RUN (through the future) when there is none
     */
    public CompletableFuture<Void> reset(String runId) {
        return plan.store()
                .find(runId)
                .map(run -> parts.registry().questions().reset(run))
                .orElseGet(() -> CompletableFuture.failedFuture(Refusals.unknown(runId)));
    }

    /**
     * Deletes runs that have ended, as {@link Purge} says, once {@code archive}, null for none, has taken them; returns how many.
     *
     * @throws PerdureException ARCHIVE_FAILED, STORE_UNAVAILABLE, ENGINE_CLOSED; what was deleted before stays so
     */
    public long purge(Purge which, @Nullable RunArchive archive) {
        return parts.retention().purge(which, archive);
    }

    /**
     * Sends a signal to a run. It is kept until a wait of the run takes it, before or after it is sent; each counts for one.
     * Completes once it is durable.
     *
     * @param key a second signal of this name with the same key counts as the same one; null for none
     * @return whether it is a new one (through the future), or UNKNOWN_RUN, WRONG_STATUS for a run that has ended,
     *     LIMIT_EXCEEDED when too many wait for it, NOT_ENCODABLE, INVALID_NAME, STORE_UNAVAILABLE
     */
    public CompletableFuture<Boolean> signal(String runId, String name, @Nullable Object value, @Nullable String key) {
        return Futures.of(() -> signals.send(runId, name, encode(runId, value), key));
    }

    /** As {@link #signal(String, String, Object, String)}, with what is recorded of the value. */
    public CompletableFuture<Boolean> signalPayload(String runId, String name, Payload payload, @Nullable String key) {
        return Futures.of(() -> signals.send(runId, name, payload, key));
    }

    private Payload encode(String runId, @Nullable Object value) {
        RunRecord run = plan.store().find(runId).orElseThrow(() -> Refusals.unknown(runId));
        Workflow<?, ?> workflow = workflowOf(run);
        return Payload.of(workflow == null ? value : workflow.codec().encode(value));
    }

    /** The requests for approval, of all runs, that wait for an answer, the oldest first. */
    public List<PendingApproval> approvals(int limit, int offset) {
        return signals.approvals(limit, offset);
    }

    /**
     * Answers a pending request; completes once that is durable. The first answer counts.
     *
     * @param path of the approval, as {@link PendingApproval} has it
     * @param by who answers
     * @return through the future: UNKNOWN_RUN, WRONG_STATUS when there is no such request, ALREADY_ANSWERED,
     *     INVALID_ARGUMENT for a choice that is not offered
     */
    public CompletableFuture<Void> answer(String runId, Path path, String choice, String by, @Nullable String comment) {
        ApprovalAnswer answer =
                new ApprovalAnswer(choice, by, comment, plan.time().now());
        return Futures.of(() -> signals.approve(runId, path, answer));
    }

    /**
     * Ends the wait that a callback's token belongs to, with what came back; completes once that is durable. Who may call
     * this is the application's to say: whoever has the token can.
     *
     * @return through the future: INVALID_TOKEN; ALREADY_ANSWERED for a second call; NOT_ENCODABLE
     */
    public CompletableFuture<Void> complete(String token, @Nullable Object value) {
        return Futures.of(
                () -> signals.complete(token, encode(CallbackToken.parse(token).runId(), value)));
    }

    /**
     * Starts a new run from what an old one did up to a node; see {@link Fork}. Returns once that is durable.
     *
     * @throws PerdureException UNKNOWN_RUN; UNKNOWN_WORKFLOW; RUN_CONFLICT when the new id is taken; INVALID_ARGUMENT
     */
    public Run fork(String runId, String newRunId, Fork fork) {
        Names.requireValid("run id", newRunId);
        RunRecord source = plan.store().find(runId).orElseThrow(() -> Refusals.unknown(runId));
        Fork.Forked forked = fork.apply(
                source,
                requireWorkflow(source),
                plan.store().journal(runId),
                newRunId,
                plan.time().now());
        Futures.join(parts.registry().starts().startForked(forked.run(), forked.rows()));
        return new Run(this, plan.store(), newRunId);
    }

    /** What would become of the live runs of these workflows if they were deployed; see {@link Preflight}. */
    public List<Preflight.Verdict> preflight(Workflow<?, ?>... definitions) {
        return Preflight.check(plan.store(), List.of(definitions));
    }

    Workflow<?, ?> requireWorkflow(RunRecord run) {
        return Optional.<Workflow<?, ?>>ofNullable(workflowOf(run)).orElseThrow(() -> Registered.missing(run));
    }

    /** Hears this engine's events until the returned handle is closed. */
    public AutoCloseable listen(EngineListener listener) {
        return parts.listeners().add(listener);
    }

    RunRegistry registry() {
        return parts.registry();
    }

    @Nullable
    Workflow<?, ?> workflowOf(RunRecord run) {
        return plan.workflows().find(run);
    }

    /** The workflow that a live run, or a new one of that name, follows. */
    public Optional<Workflow<?, ?>> workflow(String name, int version) {
        return Optional.ofNullable(plan.workflows().find(name, version));
    }

    /**
     * Stops bodies and lets the store go; runs are not cancelled, the next engine goes on with them, another one on the same store
     * at once. Waits for bodies up to the cancellation grace; what they return in that time is recorded. A body that was stopped
     * counts as interrupted, one that had not been started does not. Idempotent.
     */
    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            parts.stop();
            plan.scopes().forEach(BodyScopes::close);
            plan.time().close();
            try {
                parts.release();
            } finally {
                plan.store().close();
            }
        }
    }
}
