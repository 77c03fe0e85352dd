package dev.perdure.core.testing;

import dev.perdure.core.Path;
import dev.perdure.core.definition.Body;
import dev.perdure.core.definition.BodyContext;
import dev.perdure.core.spi.BodyTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bodies of one stage, and the work of its engine, which is all done by the thread that asks for it: so what happens, and
 * in which order, is the stage's to say. A body that ended is held: the engine hears of it when the stage says so.
 */
final class Cast implements Executor {
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final Map<String, Part> held = new LinkedHashMap<>();
    private final List<String> started = new ArrayList<>();
    private final Map<String, String> tokens;
    private final Set<Code> codes = ConcurrentHashMap.newKeySet();
    private final AtomicInteger performing = new AtomicInteger();
    private boolean isOver;

    /** @param tokens of callbacks, by the path of the wait: what the world outside remembers */
    Cast(Map<String, String> tokens) {
        this.tokens = tokens;
    }

    @Override
    public void execute(Runnable task) {
        work.add(task);
    }

    void wake() {
        work.add(Cast::nothing);
    }

    private static void nothing() {}

    /** Does what is to be done now. */
    void work() {
        for (Runnable task = work.poll(); task != null; task = work.poll()) {
            task.run();
        }
    }

    /** Waits for something to do, and does it; false when nothing came for so long. */
    boolean workWithin(Duration patience) {
        try {
            Runnable task = work.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (task != null) {
                task.run();
            }
            return task != null;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a workflow was tested", stop);
        }
    }

    boolean hasWork() {
        return !work.isEmpty();
    }

    /** Whether a body or code is at work on another thread. */
    boolean isBusy() {
        return performing.get() > 0 || codes.stream().anyMatch(code -> !code.context.isWaiting());
    }

    /** The bodies that ended, in the order in which they were started. */
    List<String> held() {
        return List.copyOf(held.keySet());
    }

    /** Whether a run may stay as it is: a body of it is to be reported, or code has something of its own going on. */
    boolean holdsAnyOf(String runId) {
        return held.values().stream().anyMatch(part -> part.context().runId().equals(runId))
                || codes.stream().anyMatch(code -> code.context().runId().equals(runId) && code.stays.getAsBoolean());
    }

    /** Where bodies were started, in order. */
    List<String> started() {
        return started;
    }

    @Nullable
    String token(String callback) {
        return tokens.entrySet().stream()
                .filter(token -> Script.isNamed(Path.parse(token.getKey()), callback))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    void forgetToken(String callback) {
        tokens.keySet().removeIf(path -> Script.isNamed(Path.parse(path), callback));
    }

    /** Tells the engine what came of a body. */
    void report(String name) {
        Part part = held.remove(name);
        if (part == null) {
            throw new IllegalStateException("\"" + name + "\" has not ended");
        }
        part.report();
    }

    /** From now on, a body that is cancelled is reported at once: the engine closes. */
    void end() {
        isOver = true;
        work.add(() -> List.copyOf(held.keySet()).forEach(this::report));
    }

    Part enter(BodyTask task) {
        Part part = new Part(task);
        performing.incrementAndGet();
        started.add(part.context().path().toString());
        String token = part.context().token();
        if (token != null) {
            tokens.put(part.context().path().toString(), token);
        }
        return part;
    }

    Code enterCode(BodyTask task, StagedCode context) {
        Code code = new Code(task, context);
        codes.add(code);
        return code;
    }

    void left(Code code) {
        codes.remove(code);
        wake();
    }

    void cancel(String runId) {
        List.copyOf(held.values()).stream()
                .filter(part -> part.context().runId().equals(runId))
                .forEach(Part::cancel);
    }

    /** A step's body: what it reports is held. */
    final class Part implements BodyTask {
        private final BodyTask task;
        private Runnable report = Cast::nothing;
        private Runnable onCancel = Cast::nothing;
        private boolean hasEnded;

        Part(BodyTask task) {
            this.task = task;
        }

        void whenCancelled(Runnable action) {
            onCancel = action;
        }

        /** A body that has ended and is not reported yet may as well be cut short. */
        void cancel() {
            onCancel.run();
            if (hasEnded) {
                report = task::cancelled;
            }
        }

        private void report() {
            report.run();
        }

        private void ended(Runnable outcome) {
            work.add(() -> {
                performing.decrementAndGet();
                hasEnded = true;
                report = outcome;
                held.put(name(), this);
                if (isOver) {
                    Cast.this.report(name());
                }
            });
        }

        private String name() {
            return path() + "~" + task.context().attempt();
        }

        private String path() {
            String path = task.context().path().toString();
            return task.context().runId().equals(Stage.RUN)
                    ? path
                    : task.context().runId() + ":" + path;
        }

        @Override
        public Body body() {
            return task.body();
        }

        @Override
        public BodyContext context() {
            return task.context();
        }

        @Override
        public Map<String, String> loggingContext() {
            return task.loggingContext();
        }

        @Override
        public void completed(@Nullable Object value) {
            ended(() -> task.completed(value));
        }

        @Override
        public void failed(Throwable thrown) {
            ended(() -> task.failed(thrown));
        }

        @Override
        public void cancelled() {
            ended(task::cancelled);
        }
    }

    /** Workflow code: it is reported at once. */
    final class Code implements BodyTask {
        private final BodyTask task;
        private final StagedCode context;
        /** Whether its run stays in memory while it waits. */
        private volatile BooleanSupplier stays = () -> false;

        Code(BodyTask task, StagedCode context) {
            this.task = task;
            this.context = context;
        }

        @Override
        public Body body() {
            return task.body();
        }

        void staysWhile(BooleanSupplier condition) {
            stays = condition;
        }

        @Override
        public BodyContext context() {
            return context;
        }

        @Override
        public Map<String, String> loggingContext() {
            return task.loggingContext();
        }

        @Override
        public void completed(@Nullable Object value) {
            task.completed(value);
            left(this);
        }

        @Override
        public void failed(Throwable thrown) {
            task.failed(thrown);
            left(this);
        }

        @Override
        public void cancelled() {
            task.cancelled();
            left(this);
        }
    }
}
