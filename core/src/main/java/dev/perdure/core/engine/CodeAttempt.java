package dev.perdure.core.engine;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import dev.perdure.core.definition.Answer;
import dev.perdure.core.definition.Ask;
import dev.perdure.core.definition.CodeContext;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.machine.Action;
import dev.perdure.core.machine.Event;
import dev.perdure.core.machine.Values;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What one execution of workflow code sees, and what it waits for. Thread-safe. */
final class CodeAttempt extends AttemptContext implements CodeContext {
    private final RunDriver driver;
    private final Action.StartBody start;
    private final AtomicLong asks = new AtomicLong();
    private final Map<Long, Open> open = new ConcurrentHashMap<>();
    private volatile boolean isGone;

    CodeAttempt(RunDriver driver, RunIdentity run, Action.StartBody start, Values values) {
        super(run, start, values, null);
        this.driver = driver;
        this.start = start;
    }

    /** Something that the code asked for. */
    private final class Open implements Asked {
        private final long number;
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private final CompletableFuture<Void> givenUp = new CompletableFuture<>();
        private volatile boolean isGivenUp;

        Open(long number) {
            this.number = number;
        }

        @Override
        public CompletableFuture<Answer> answer() {
            return answer;
        }

        @Override
        public CompletableFuture<Void> giveUp() {
            isGivenUp = true;
            open.put(number, this);
            driver.onCode(CodeAttempt.this, now -> new Event.GaveUp(start.path(), start.attempt(), number, now));
            leaveIfGone(this);
            return givenUp;
        }

        void complete(Answer given) {
            if (!answer.complete(given) || isGivenUp) {
                givenUp.complete(null);
            }
        }
    }

    @Override
    public Asked ask(Ask what) {
        Open asked = open();
        driver.onCode(this, question(asked, what));
        leaveIfGone(asked);
        return asked;
    }

    /** The code's thread is the shortest way from the question to the step's body, the record, and the answer. */
    @Override
    public Asked askAndHelp(Ask what) {
        Open asked = open();
        driver.onCodeHere(
                this,
                question(asked, what),
                () -> isGone || asked.answer.isDone() || Thread.currentThread().isInterrupted());
        leaveIfGone(asked);
        return asked;
    }

    private Open open() {
        Open asked = new Open(asks.incrementAndGet());
        open.put(asked.number, asked);
        return asked;
    }

    private Function<Instant, Event> question(Open asked, Ask what) {
        return now -> new Event.Asked(start.path(), start.attempt(), asked.number, what, now);
    }

    private void leaveIfGone(Open asked) {
        if (isGone) {
            asked.complete(new Answer.Gone());
        }
    }

    @Override
    public <T extends @Nullable Object> T decode(Path path, Payload output, ValueType<T> type) {
        return decode(path, output.plain(), type);
    }

    @Override
    public Instant now() {
        return driver.now();
    }

    boolean isWaiting() {
        return !open.isEmpty();
    }

    void answer(Action.Reply reply) {
        Open asked = open.remove(reply.ask());
        if (asked != null) {
            asked.complete(reply.answer());
        }
    }

    /** Nothing is answered any more: the code is to end. */
    void leave() {
        isGone = true;
        open.values().forEach(asked -> asked.complete(new Answer.Gone()));
    }
}
