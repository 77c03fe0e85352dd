package dev.perdure.core.spi;

import dev.perdure.core.definition.Body;
import dev.perdure.core.definition.BodyContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One attempt of a body, for a {@link BodyScope} to run. */
public interface BodyTask {
    /** The body, of the type that the scope's provider supports. */
    Body body();

    /** What the body sees; handed to it as it is. */
    BodyContext context();

    /** Whether its end may be decided while it runs, so that nobody should depend on its thread. */
    default boolean hasTimeout() {
        return false;
    }

    /** The logging context (slf4j MDC) that lines of the body carry: run id, path, attempt. */
    Map<String, String> loggingContext();

    /** The body returned {@code value}. */
    void completed(@Nullable Object value);

    /** The body threw, and not because the scope cancelled it. */
    void failed(Throwable thrown);

    /** The body ended because it was cancelled. */
    void cancelled();
}
