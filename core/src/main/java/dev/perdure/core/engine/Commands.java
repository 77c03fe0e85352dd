package dev.perdure.core.engine;

import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.WriteResult;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Commands that are on their way to whoever has a run, and those who wait for what becomes of them. Thread-safe. */
final class Commands {
    /** Somebody who is sending commands all the time is no reason to refuse one. */
    static final int MOST_WAITING = Integer.MAX_VALUE;

    private final Store store;
    private final Map<Sent, CompletableFuture<Boolean>> waiting = new ConcurrentHashMap<>();

    private record Sent(String runId, long seq, Command command) {}

    Commands(Store store) {
        this.store = store;
    }

    /** A command is durable, or was refused; completes with whether the run did what it says. */
    CompletableFuture<Boolean> sent(String runId, Command command, WriteResult result) {
        return switch (result.kind()) {
            case DONE ->
                waiting.computeIfAbsent(new Sent(runId, result.seq(), command), sent -> new CompletableFuture<>());
            case ENDED -> CompletableFuture.completedFuture(false);
            case UNKNOWN_RUN -> CompletableFuture.failedFuture(Refusals.unknown(runId));
            case BEGUN, DUPLICATE, EXISTS, FULL, IN_USE, NOT_OWNED ->
                throw new IllegalStateException("not an answer to a command: " + result.kind());
        };
    }

    /** Looks for what became of them. Reads the store. */
    void look() {
        for (Map.Entry<Sent, CompletableFuture<Boolean>> each :
                Map.copyOf(waiting).entrySet()) {
            Sent sent = each.getKey();
            if (isOver(sent)) {
                waiting.remove(sent);
                each.getValue().complete(sent.command.isDone(store.journal(sent.runId)));
            }
        }
    }

    private boolean isOver(Sent sent) {
        List<SignalRecord> unconsumed = store.signals(sent.runId);
        return unconsumed.stream().noneMatch(signal -> signal.seq() == sent.seq)
                || !store.settled(List.of(sent.runId)).isEmpty();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    void failAll(RuntimeException why) {
        waiting.values().forEach(future -> future.completeExceptionally(why));
        waiting.clear();
    }
}
