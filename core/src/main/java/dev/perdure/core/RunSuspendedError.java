package dev.perdure.core;

/**
 * Ends an execution of workflow code in Java that waits: the run is let out of memory, or its engine closes, and the code is
 * run again from its begin when the run goes on. Nothing has failed.
 *
 * <p>Let it pass. {@code finally} blocks do run on its way out, but whatever they ask the run for is refused with this same
 * error and nothing of them is recorded; what has to be cleaned up durably belongs in a step. Code that catches {@link
 * Throwable} rethrows it.
 */
public final class RunSuspendedError extends Error {
    private static final long serialVersionUID = 1L;

    public RunSuspendedError(String runId) {
        super("run " + Names.quoted(runId) + " is let go; its code is run again when it goes on", null, false, false);
    }
}
