package dev.perdure.core.definition;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A body that runs inside of the transaction that records its result: what it writes there and the record become durable
 * together or not at all. It blocks its thread; workflows of every language may have such bodies beside their own.
 *
 * <p>A body whose transaction did not come to be recorded is run again, by its retries where it threw, and by itself where
 * the store could not be reached. So what it does outside of the transaction may be done twice.
 */
@FunctionalInterface
public interface AtomicBody extends Body {
    /** How long an atomic body may take unless something else is said: it may hold up everything else that is recorded. */
    Duration STANDARD_LIMIT = Duration.ofSeconds(5);

    /**
     * Runs the body.
     *
     * @throws Exception to fail the attempt; all that it did in the transaction is undone
     */
    @Nullable
    Object run(BodyContext context, AtomicTransaction transaction) throws Exception;
}
