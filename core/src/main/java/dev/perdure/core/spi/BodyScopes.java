package dev.perdure.core.spi;

import dev.perdure.core.definition.Body;

/**
 * Runs bodies of one type. Found through {@link java.util.ServiceLoader}, so that an engine runs Java and Kotlin
 * workflows side by side.
 *
 * <p>One instance belongs to one engine, which closes it.
 */
public interface BodyScopes extends AutoCloseable {
    /** Whether this runs bodies of the given type. */
    boolean supports(Class<? extends Body> bodyType);

    /** Opens the scope of a run. */
    BodyScope open(String runId, String workflow);

    /** Releases threads. Bodies that still run are abandoned. */
    @Override
    void close();
}
