package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.AtomicBody;
import dev.perdure.core.definition.BlockingBody;
import dev.perdure.core.definition.Body;
import dev.perdure.core.definition.BodyContext;
import dev.perdure.core.machine.Action;
import dev.perdure.core.spi.Transactions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An attempt of an atomic step: its body runs in a transaction of the store, in which its success is recorded before the
 * machine hears of it. While the store is out of reach, the attempt is made again, as nothing of it was durable. Thread-safe.
 */
final class AtomicRun extends BodyRun {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private final RunDriver driver;
    private final AttemptContext context;
    private final Means means;
    private volatile @Nullable AtomicTry present;
    private volatile boolean isCancelled;

    /** What it is carried out with. */
    record Means(Services services, RunBodies bodies, int maxPayloadLength) {}

    AtomicRun(RunDriver driver, Action.StartBody start, AttemptContext context, Instant startedAt, Means means) {
        super(driver, start, context, startedAt, means.maxPayloadLength);
        this.driver = driver;
        this.context = context;
        this.means = means;
    }

    RunDriver driver() {
        return driver;
    }

    Services services() {
        return means.services;
    }

    AttemptContext seen() {
        return context;
    }

    AtomicBody atomicBody() {
        return (AtomicBody) start().step().body();
    }

    Duration limit() {
        return Objects.requireNonNull(start().step().timeout(), "no definition has an atomic step without one");
    }

    /** What its scope runs. */
    @Override
    public Body body() {
        return (BlockingBody) this::perform;
    }

    private @Nullable Object perform(BodyContext same) throws Exception {
        Transactions transactions = means.services.store().transactions();
        if (transactions == null) {
            throw unsupported();
        }
        long pause = FIRST_PAUSE_MILLIS;
        boolean isOver = false;
        while (!isOver) {
            AtomicTry attempt = new AtomicTry(this, transactions);
            present = attempt;
            isOver = isCancelled || attempt.perform();
            if (!isOver) {
                LOG.warn(
                        "atomic step {} of run {} is done again: {}",
                        context.path(),
                        context.runId(),
                        attempt.reason());
                context.forgetWrites();
                isOver = !means.services.committer().pause(pause);
                pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
            }
        }
        cancelled(); // unless something else was reported: then nobody waits for it any more
        return null;
    }

    /** Its transaction is open. */
    void hasTransaction() {
        driver.later(() -> means.bodies.hasTransaction(this));
    }

    @Override
    void cancel() {
        isCancelled = true;
        super.cancel();
        AtomicTry attempt = present;
        if (attempt != null) {
            attempt.cancel();
        }
    }

    @Override
    boolean abandon() {
        boolean isGivenUp = super.abandon();
        AtomicTry attempt = present;
        if (isGivenUp && attempt != null) {
            attempt.abort();
        }
        return isGivenUp;
    }

    private PerdureException unsupported() {
        return new PerdureException(
                ErrorCode.INVALID_DEFINITION,
                "step \"" + context.path() + "\" is atomic, but "
                        + means.services.store().describe()
                        + " cannot run a body in its transactions; use a store on SQLite or PostgreSQL, or a step",
                context.runId(),
                context.path(),
                null);
    }
}
