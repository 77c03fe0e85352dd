package dev.perdure.core;

/** The awaited run ended FAILED or CANCELLED, or stopped; {@link #failure()} is what was recorded. */
public final class RunFailedException extends PerdureException {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;
    private final RunStatus status;

    public RunFailedException(String runId, RunStatus status, Failure failure) {
        super(
                codeOf(status),
                "run " + Names.quoted(runId) + " is " + status + ": " + failure.describe(),
                runId,
                failure.path(),
                null);
        this.failure = failure;
        this.status = status;
    }

    /** What made the run end, as recorded; the failures of a block's other branches are among its causes. */
    public Failure failure() {
        return failure;
    }

    /** FAILED, CANCELLED, INCOMPATIBLE or BLOCKED. */
    public RunStatus status() {
        return status;
    }

    private static ErrorCode codeOf(RunStatus status) {
        return switch (status) {
            case CANCELLED -> ErrorCode.RUN_CANCELLED;
            case INCOMPATIBLE -> ErrorCode.INCOMPATIBLE;
            case BLOCKED -> ErrorCode.NOT_DECODABLE;
            default -> ErrorCode.RUN_FAILED;
        };
    }
}
