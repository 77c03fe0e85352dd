package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.payload.EncodedStore;
import dev.perdure.core.spi.PayloadCodec;
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts, signals, cancels and watches runs from a process that runs no engine: what it asks for is written to the store, and
 * the engines on it do it. It needs no code of the workflows, and holds nothing that an engine could miss when its process dies.
 *
 * <pre>{@code
 * try (Client client = Client.on(PostgresStore.open(url))) {
 *     ClientRun run = client.start("approve", 1, "order-123", Map.of("amount", 12));
 *     run.signal("paid", true).join();
 *     Object output = run.await();
 * }
 * }</pre>
 *
 * <p>Thread-safe. What somebody waits for is looked for in the store ten times a second, and when the store hears of something
 * ({@link Store#listen}), on one thread. Closing it closes its store.
 */
public final class Client implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Client.class);
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final int MAX_PAYLOAD_LENGTH = EngineSettings.DEFAULT.maxPayloadLength();
    private static final int MAX_WAITING_SIGNALS = EngineSettings.DEFAULT.maxWaitingSignals();

    private final Store store;
    private final SystemTimekeeper time = new SystemTimekeeper();
    private final Inputs inputs = new Inputs(time, MAX_PAYLOAD_LENGTH);
    private final Outcomes outcomes;
    private final Commands commands;
    private final ScheduledExecutorService thread;
    private final Runnable listening;
    private boolean isInTrouble;

    private Client(Store store) {
        this.store = store;
        this.outcomes = new Outcomes(store);
        this.commands = new Commands(store);
        this.thread = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("perdure-client"));
        var unused =
                thread.scheduleWithFixedDelay(this::look, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        this.listening = store.listen(() -> {
            var unusedLook = onThread(() -> {
                look();
                return true;
            });
        });
    }

    /** A client of the engines on {@code store}, which it will own and close. Reads and writes nothing yet. */
    public static Client on(Store store) {
        return new Client(store);
    }

    /** As {@link #on(Store)}, where the engines have this codec too. */
    public static Client on(Store store, PayloadCodec codec) {
        return new Client(EncodedStore.of(store, codec));
    }

    /**
     * Starts a run of a workflow that is known here by name only, and returns once that is durable; an engine with this version
     * takes it up. An id that is taken by a run of the same workflow with the same input attaches to that run, whatever its status.
     *
     * @param input plain data, in the form in which the workflow's codec records its input
     * @throws PerdureException INVALID_NAME; NOT_ENCODABLE; LIMIT_EXCEEDED; RUN_CONFLICT; STORE_UNAVAILABLE, after which the same
     *     call may be made again
     */
    public ClientRun start(String workflow, int version, String runId, @Nullable Object input) {
        return start(new StartRequest.Named(workflow, version), runId, input, StartOptions.DEFAULT);
    }

    /** As {@link #start(String, int, String, Object)}, with options: in a queue, later, before others. */
    public ClientRun start(String workflow, int version, String runId, @Nullable Object input, StartOptions options) {
        return start(new StartRequest.Named(workflow, version), runId, input, options);
    }

    private ClientRun start(StartRequest.Named workflow, String runId, @Nullable Object input, StartOptions options) {
        Names.requireValid("workflow", workflow.name());
        Payload payload = small(runId, Payload.of(input));
        return Futures.join(startAsync(inputs.newRun(workflow, runId, payload, options)));
    }

    /** Starts a run of a workflow whose definition is at hand; typed. */
    public <I extends @Nullable Object> ClientRun start(Workflow<I, ?> workflow, String runId, I input) {
        return Futures.join(startAsync(workflow, runId, input, StartOptions.DEFAULT));
    }

    /** As {@link #start(Workflow, String, Object)}, without waiting, with options; errors come through the future. */
    public <I extends @Nullable Object> CompletableFuture<ClientRun> startAsync(
            Workflow<I, ?> workflow, String runId, I input, StartOptions options) {
        return Futures.of(() -> startAsync(inputs.newRun(workflow, runId, inputs.encode(workflow, input), options)));
    }

    private CompletableFuture<ClientRun> startAsync(RunRecord run) {
        Names.requireValid("run id", run.id());
        return post(new Write.StartRun(run.pending())).thenApply(result -> {
            RunRecord existing = result.run();
            PerdureException conflict = existing == null ? null : StartRequest.conflict(run, existing);
            if (conflict != null) {
                throw conflict;
            }
            return new ClientRun(this, existing == null ? run.id() : existing.id());
        });
    }

    /** The run with this id, of any workflow and status; empty where the store has none. */
    public Optional<ClientRun> find(String runId) {
        return store.find(runId).map(run -> new ClientRun(this, run.id()));
    }

    /** Runs in the store, oldest first. */
    public List<RunRecord> list(RunQuery query) {
        return store.list(query);
    }

    /** Sends a signal to a run; completes once it is durable, with whether it is a new one. See {@link Engine#signal}. */
    public CompletableFuture<Boolean> signal(String runId, String name, Payload payload, @Nullable String key) {
        return Futures.of(() -> {
            Signals.requireSendable(name);
            String unique =
                    key == null ? UUID.randomUUID().toString() : key; // so that it may be sent again, and counts once
            long now = time.now().toEpochMilli();
            SignalRecord signal =
                    new SignalRecord(0, name, small(runId, payload).text(), unique, now);
            return post(new Write.Signal(runId, signal, MAX_WAITING_SIGNALS))
                    .thenApply(result -> Signals.isNew(runId, name, result, MAX_WAITING_SIGNALS));
        });
    }

    private static Payload small(String runId, Payload payload) {
        Signals.requireSmall(runId, payload, MAX_PAYLOAD_LENGTH);
        return payload;
    }

    CompletableFuture<Boolean> ask(String runId, Command command, String reason) {
        return command == Command.CANCEL ? cancel(runId, reason) : send(runId, command, reason);
    }

    /** A run that has not begun ends by that; what has is asked to. */
    private CompletableFuture<Boolean> cancel(String runId, String reason) {
        boolean isHeldBack = store.find(runId).filter(RunRecord::isHeldBack).isPresent();
        return isHeldBack
                ? post(Withdrawal.of(runId, reason, time.now()))
                        .thenCompose(result -> result.isDone()
                                ? CompletableFuture.completedFuture(true)
                                : send(runId, Command.CANCEL, reason))
                : send(runId, Command.CANCEL, reason);
    }

    private CompletableFuture<Boolean> send(String runId, Command command, String reason) {
        Write write = new Write.Signal(runId, command.signal(reason, time.now()), Commands.MOST_WAITING);
        return post(write).thenCompose(result -> commands.sent(runId, command, result));
    }

    CompletableFuture<RunRecord> outcome(String runId) {
        if (thread.isShutdown()) {
            return CompletableFuture.failedFuture(closed());
        }
        CompletableFuture<RunRecord> outcome = outcomes.of(runId);
        var unused = onThread(() -> look(List.of(runId)));
        return outcome;
    }

    private CompletableFuture<WriteResult> post(Write write) {
        return onThread(() -> store.post(List.of(write)).get(0));
    }

    private <T> CompletableFuture<T> onThread(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, thread);
        } catch (RejectedExecutionException late) {
            return CompletableFuture.failedFuture(closed());
        }
    }

    private boolean look(List<String> runIds) {
        store.settled(runIds).forEach(outcomes::look);
        return true;
    }

    private void look() {
        try {
            List<String> awaited = outcomes.awaited();
            if (!awaited.isEmpty()) {
                look(awaited);
            }
            commands.look();
            isInTrouble = false;
        } catch (PerdureException unavailable) {
            if (!isInTrouble) {
                isInTrouble = true;
                LOG.warn("what became of runs cannot be read, and is asked again: {}", unavailable.getMessage());
            }
        }
    }

    Store store() {
        return store;
    }

    /** Ends the waiting; what was asked for is durable, and is done all the same. Idempotent. */
    @Override
    public void close() {
        listening.run();
        thread.shutdownNow();
        boolean isDone = false;
        try {
            isDone = thread.awaitTermination(Duration.ofSeconds(5).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        if (!isDone) {
            LOG.warn("the client's last call to the store has not ended; it is left alone");
        }
        outcomes.failAll(closed());
        commands.failAll(closed());
        time.close();
        store.close();
    }

    private static PerdureException closed() {
        return new PerdureException(ErrorCode.ENGINE_CLOSED, "the client was closed; open another one on the store");
    }
}
