package dev.perdure.core.spi;

import dev.perdure.core.definition.Body;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

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

    /**
     * Where the engine works for runs of these bodies if it has the store to itself: threads that may block, and that a body's end
     * is close to. Null for threads of the engine's own.
     */
    default @Nullable Executor executor() {
        return null;
    }

    /** Releases threads. Bodies that still run are abandoned. */
    @Override
    void close();
}
