package dev.perdure.core.engine;

import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A handle on one run, of a process that runs no engine; see {@link Client}. It holds nothing of the run. Thread-safe. */
public final class ClientRun {
    private final Client client;
    private final String id;

    ClientRun(Client client, String id) {
        this.client = client;
        this.id = id;
    }

    /** The run's id, its idempotency key. */
    public String id() {
        return id;
    }

    /**
     * The run's own row as it is now.
     *
     * @throws dev.perdure.core.PerdureException UNKNOWN_RUN when there is none
     */
    public RunRecord record() {
        return client.store().find(id).orElseThrow(() -> Refusals.unknown(id));
    }

    public RunStatus status() {
        return record().status();
    }

    /** The run's journal as it is now. */
    public List<Row> journal() {
        return client.store().journal(id);
    }

    /** Sends the run a signal; see {@link Engine#signal}. */
    public CompletableFuture<Boolean> signal(String name, @Nullable Object value) {
        return signal(name, value, null);
    }

    /** As {@link #signal(String, Object)}; a second signal of this name with the same key counts as the same one. */
    public CompletableFuture<Boolean> signal(String name, @Nullable Object value, @Nullable String key) {
        return client.signal(id, name, Payload.of(value), key);
    }

    /**
     * Cancels the run. Completes once the engine that has it recorded that, or the run ended, with whether it is cancelled.
     * While no engine is at work, that takes until one is; but a run that waits for its time or its turn to begin ends at once.
     */
    public CompletableFuture<Boolean> cancel(String reason) {
        return client.ask(id, Command.CANCEL, reason);
    }

    /** Pauses the run, as {@link Run#pause} does; completes as {@link #cancel} does. */
    public CompletableFuture<Boolean> pause(String reason) {
        return client.ask(id, Command.PAUSE, reason);
    }

    /** Lets a paused run go on, as {@link Run#resume} does; completes as {@link #cancel} does. */
    public CompletableFuture<Boolean> resume() {
        return client.ask(id, Command.RESUME, "");
    }

    /** Completes when the run has ended or stopped (INCOMPATIBLE, BLOCKED), with its row; exceptionally when the client closes. */
    public CompletableFuture<RunRecord> outcome() {
        return client.outcome(id);
    }

    /**
     * Waits for the run's end and returns its output: plain data, as its workflow recorded it.
     *
     * @throws dev.perdure.core.RunFailedException when the run ended FAILED or CANCELLED, or stopped
     * @throws InterruptedException when the waiting thread is interrupted; the run goes on
     */
    public @Nullable Object await() throws InterruptedException {
        return Ended.plain(Ended.get(outcome()));
    }

    /** As {@link #await()}, decoded as {@code workflow} says. */
    public <O extends @Nullable Object> O await(Workflow<?, O> workflow) throws InterruptedException {
        return outputOf(Ended.get(outcome()), workflow);
    }

    /** The output of a run that ended, decoded as {@code workflow} says; throws as {@link #await()} does when it has none. */
    public <O extends @Nullable Object> O outputOf(RunRecord ended, Workflow<?, O> workflow) {
        return workflow.output().decode(Ended.plain(ended));
    }

    @Override
    public String toString() {
        return "ClientRun[" + id + "]";
    }
}
