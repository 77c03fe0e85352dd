package dev.perdure.core;

import org.jspecify.annotations.Nullable;

/** What Perdure throws: a stable {@link #code()}, and the run and path it happened at where there is one. */
public class PerdureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final @Nullable String runId;
    private final transient @Nullable Path path;

    public PerdureException(ErrorCode code, String message) {
        this(code, message, null, null, null);
    }

    public PerdureException(ErrorCode code, String message, @Nullable Throwable cause) {
        this(code, message, null, null, cause);
    }

    public PerdureException(
            ErrorCode code, String message, @Nullable String runId, @Nullable Path path, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.runId = runId;
        this.path = path;
    }

    /** What happened, as a stable name. */
    public ErrorCode code() {
        return code;
    }

    /** The run it concerns, if any. */
    public @Nullable String runId() {
        return runId;
    }

    /** The node it concerns, if any. */
    public @Nullable Path path() {
        return path;
    }
}
