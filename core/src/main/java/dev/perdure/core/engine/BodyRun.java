package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import dev.perdure.core.definition.Body;
import dev.perdure.core.definition.BodyContext;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.machine.Action;
import dev.perdure.core.machine.BodyOutcome;
import dev.perdure.core.machine.Event;
import dev.perdure.core.spi.BodyScope;
import dev.perdure.core.spi.BodyTask;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One attempt of a body from its launch to its end, of which the first report counts. Thread-safe. */
class BodyRun implements BodyTask {
    private final RunDriver driver;
    private final Action.StartBody start;
    private final AttemptContext context;
    private final Instant startedAt;
    private final int maxPayloadLength;
    private final AtomicBoolean hasEnded = new AtomicBoolean();
    private volatile BodyScope.@Nullable RunningBody running;
    /** The thread that runs it as an errand of the strand. */
    private volatile @Nullable Thread here;
    /** Whether that thread is to drain the strand afterwards; confined to it. */
    private boolean hasStrand;

    BodyRun(RunDriver driver, Action.StartBody start, AttemptContext context, Instant startedAt, int maxPayloadLength) {
        this.driver = driver;
        this.start = start;
        this.context = context;
        this.startedAt = startedAt;
        this.maxPayloadLength = maxPayloadLength;
    }

    /** Has it run on a thread of the scope's. */
    void launchIn(BodyScope scope) {
        try {
            begun(scope.launch(this));
        } catch (RuntimeException | Error noThread) { // no memory for a thread, or a scope of the user's that is broken
            failed(noThread);
        }
    }

    /**
     * Runs it on this thread until it ends or suspends, if the scope can.
     *
     * @return whether this thread is to drain the strand now
     */
    boolean runIn(BodyScope scope) {
        here = Thread.currentThread();
        try {
            if (!scope.run(this, this::begun)) {
                launchIn(scope);
            }
        } catch (RuntimeException | Error noMemory) { // or a scope of the user's that is broken
            failed(noMemory);
        }
        here = null;
        return hasStrand;
    }

    private void begun(BodyScope.RunningBody body) {
        running = body;
        if (context.isCancelled()) {
            body.cancel();
        }
    }

    Action.StartBody start() {
        return start;
    }

    /** Its end as the machine hears of it. */
    final Event.BodyEnded end(BodyOutcome outcome, Instant at) {
        double draw = ThreadLocalRandom.current().nextDouble();
        return new Event.BodyEnded(start.path(), start.attempt(), outcome, startedAt, at, draw);
    }

    Instant startedAt() {
        return startedAt;
    }

    boolean hasEnded() {
        return hasEnded.get();
    }

    void cancel() {
        context.markCancelled();
        BodyScope.RunningBody body = running;
        if (body != null) {
            body.cancel();
        }
    }

    void ownershipLost() {
        context.markOwnershipLost();
    }

    /** The run is let go: the body is to end. */
    void letGo() {
        cancel();
    }

    /** Whether its run may be let out of memory as far as it is concerned. */
    final boolean mayLeave() {
        BodyScope.RunningBody body = running;
        return body == null || body.mayLeave();
    }

    /** Whether it is forgotten: it waits for something that will not come. */
    final boolean forget() {
        BodyScope.RunningBody body = running;
        return body != null && body.forget();
    }

    /** Whether it is workflow code, which nothing is recorded of when its run is let go. */
    boolean isCode() {
        return false;
    }

    /** Gives the body up: whatever it reports later is ignored. Returns whether it had not ended by itself. */
    boolean abandon() {
        return report(new BodyOutcome.Cancelled());
    }

    @Override
    public Body body() {
        return start.step().body();
    }

    @Override
    public BodyContext context() {
        return context;
    }

    @Override
    public boolean hasTimeout() {
        return start.step().timeout() != null;
    }

    @Override
    public Map<String, String> loggingContext() {
        return Map.of(
                "perdure.run", context.runId(),
                "perdure.path", context.path().toString(),
                "perdure.attempt", Integer.toString(context.attempt()));
    }

    @Override
    public void completed(@Nullable Object value) {
        report(outcome(value));
    }

    /** What is to be recorded of a body that returned {@code value}. */
    final BodyOutcome outcome(@Nullable Object value) {
        try {
            return new BodyOutcome.Completed(encode(value), changes(), context.warnings());
        } catch (Throwable unencodable) { // whatever a codec throws, the attempt has to end
            return new BodyOutcome.Failed(notEncodable(unencodable), false);
        }
    }

    @SuppressWarnings("unchecked") // a step's body returns what its output type describes; encode checks it
    private Payload encode(@Nullable Object value) {
        ValueType<@Nullable Object> type =
                (ValueType<@Nullable Object>) start.step().output();
        Payload payload = Payload.of(type.encode(value));
        requireSize("its output", payload.text().length());
        return payload;
    }

    private Changes changes() {
        Changes changes = context.changes();
        if (!changes.isEmpty()) {
            requireSize(
                    "its changes to the context", Json.write(changes.toPlain()).length());
        }
        return changes;
    }

    private void requireSize(String what, int length) {
        if (length > maxPayloadLength) {
            throw new PerdureException(
                    ErrorCode.LIMIT_EXCEEDED,
                    what + " has " + length + " characters as JSON; at most " + maxPayloadLength
                            + " are allowed (maxPayloadLength). Keep the data elsewhere and record a reference to it");
        }
    }

    private Failure notEncodable(Throwable thrown) {
        ErrorCode code = thrown instanceof PerdureException known ? known.code() : ErrorCode.NOT_ENCODABLE;
        String message = "the step ran, but what it returned cannot be recorded as "
                + start.step().output().name() + ": " + thrown.getMessage();
        return Failure.of(code, message, start.path());
    }

    @Override
    public void failed(Throwable thrown) {
        BodyOutcome outcome = failure(thrown);
        if (thrown instanceof PerdureException known && known.code() == ErrorCode.NOT_DECODABLE) {
            block(known);
        } else {
            report(outcome);
        }
    }

    /** What is to be recorded of a body that threw. */
    final BodyOutcome failure(Throwable thrown) {
        boolean isRetryable;
        try {
            isRetryable = start.step().retry().condition().test(thrown);
        } catch (RuntimeException | Error conditionFailed) {
            thrown.addSuppressed(conditionFailed);
            isRetryable = false;
        }
        return new BodyOutcome.Failed(Failure.of(thrown), isRetryable);
    }

    @Override
    public void cancelled() {
        report(new BodyOutcome.Cancelled());
    }

    /** What was recorded cannot be read: going on would be guessing, whatever the body made of the error. */
    final boolean report(BodyOutcome outcome) {
        PerdureException unreadable = context.unreadable();
        if (unreadable != null && !(outcome instanceof BodyOutcome.Cancelled)) {
            return block(unreadable);
        }
        boolean isFirst = seal();
        if (isFirst) {
            Runnable ended = () -> driver.ended(this, end(outcome, driver.now()));
            if (Thread.currentThread() == here) {
                hasStrand = driver.strand().enqueue(ended);
            } else {
                driver.strand().execute(ended);
            }
        }
        return isFirst;
    }

    /** Nothing that is reported from here on counts; false where that was so before. */
    final boolean seal() {
        return hasEnded.compareAndSet(false, true);
    }

    /** What is reported counts again. */
    final void unseal() {
        hasEnded.set(false);
    }

    private boolean block(PerdureException unreadable) {
        boolean isFirst = seal();
        if (isFirst) {
            driver.block(unreadable, start.path());
        }
        return isFirst;
    }
}
