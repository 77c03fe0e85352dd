package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/** A body in Java: an ordinary function that may block its thread. Cancelling it interrupts the thread. */
@FunctionalInterface
public interface BlockingBody extends Body {
    /**
     * Runs the body.
     *
     * @throws Exception to fail the attempt
     */
    @Nullable
    Object run(BodyContext context) throws Exception;
}
