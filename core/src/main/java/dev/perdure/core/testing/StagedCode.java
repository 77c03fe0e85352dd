package dev.perdure.core.testing;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import dev.perdure.core.definition.Answer;
import dev.perdure.core.definition.Ask;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.CodeContext;
import dev.perdure.core.journal.Change;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Workflow code's view of its run, which knows whether the code is at work or waits for an answer. Thread-safe. */
final class StagedCode implements CodeContext {
    private final CodeContext context;
    private final Runnable whenWaiting;
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();

    StagedCode(CodeContext context, Runnable whenWaiting) {
        this.context = context;
        this.whenWaiting = whenWaiting;
    }

    /** Whether the code does nothing until it is answered. An answer may be counted before its question. */
    boolean isWaiting() {
        return asked.get() > answered.get();
    }

    @Override
    public Asked ask(Ask what) {
        Asked question = context.ask(what);
        CompletableFuture<Answer> answer = question.answer().thenApply(this::counted);
        waits();
        return new Asked() {
            @Override
            public CompletableFuture<Answer> answer() {
                return answer;
            }

            @Override
            public CompletableFuture<Void> giveUp() {
                CompletableFuture<Void> done = question.giveUp().thenApply(StagedCode.this::counted);
                waits();
                return done;
            }
        };
    }

    private <T extends @Nullable Object> T counted(T given) {
        answered.incrementAndGet();
        return given;
    }

    private void waits() {
        asked.incrementAndGet();
        whenWaiting.run();
    }

    @Override
    public Instant now() {
        return context.now();
    }

    @Override
    public <T extends @Nullable Object> T decode(Path path, Payload output, ValueType<T> type) {
        return context.decode(path, output, type);
    }

    @Override
    public String runId() {
        return context.runId();
    }

    @Override
    public String workflow() {
        return context.workflow();
    }

    @Override
    public Path path() {
        return context.path();
    }

    @Override
    public int attempt() {
        return context.attempt();
    }

    @Override
    public String idempotencyKey() {
        return context.idempotencyKey();
    }

    @Override
    public @Nullable Object input() {
        return context.input();
    }

    @Override
    public <T extends @Nullable Object> T output(Path node, ValueType<T> type) {
        return context.output(node, type);
    }

    @Override
    public <T extends @Nullable Object> T undone(ValueType<T> type) {
        return context.undone(type);
    }

    @Override
    public boolean hasOutput(Path node) {
        return context.hasOutput(node);
    }

    @Override
    public @Nullable Failure failure(Path node) {
        return context.failure(node);
    }

    @Override
    public boolean has(String key) {
        return context.has(key);
    }

    @Override
    public @Nullable Object get(String key) {
        return context.get(key);
    }

    @Override
    public void change(String key, Change change) {
        context.change(key, change);
    }

    @Override
    public void warn(String message) {
        context.warn(message);
    }

    @Override
    public List<BranchResult> branches() {
        return context.branches();
    }

    @Override
    public @Nullable String token() {
        return context.token();
    }

    @Override
    public boolean isCancelled() {
        return context.isCancelled();
    }

    @Override
    public boolean isOwnershipLost() {
        return context.isOwnershipLost();
    }
}
