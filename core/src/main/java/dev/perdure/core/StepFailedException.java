package dev.perdure.core;

/**
 * Something that workflow code asked for failed, for good: its attempts are used up. It is recorded, so code that catches this
 * is given the same again whenever it is run again; nothing of the original exception but its {@link #failure()} is kept.
 */
public final class StepFailedException extends PerdureException {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    public StepFailedException(String runId, Path path, Failure failure) {
        super(ErrorCode.STEP_FAILED, failure.describe(), runId, path, null);
        this.failure = failure;
    }

    /** What was recorded; of a parallel block, the failure of the branch that was started first, with the others attached. */
    public Failure failure() {
        return failure;
    }
}
