package dev.perdure.core.spi;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import org.jspecify.annotations.Nullable;

/** The store could not do what was asked. {@link #isTransient()} says whether the same call may succeed later. */
public final class StoreException extends PerdureException {
    private static final long serialVersionUID = 1L;

    private final boolean isTransient;

    /**
     * @param isTransient whether the cause may go away by itself or by what an operator does: a full disk, a lock
     * @param cause kept for its type and stack; its message must not show stored values
     */
    public StoreException(ErrorCode code, String message, boolean isTransient, @Nullable Throwable cause) {
        super(code, message, cause);
        this.isTransient = isTransient;
    }

    /** A former owner tried to write. */
    public static StoreException fenced(String store, Lease lease) {
        return new StoreException(
                ErrorCode.OWNERSHIP_LOST,
                "engine " + lease.engineId() + " (epoch " + lease.epoch() + ") does not own the runs of " + store
                        + " any more: another engine took over. Nothing was written; this engine stops",
                false,
                null);
    }

    /** A write was about a run that another engine has; the engine's other runs go on. */
    public static StoreException notOwned(String store, String runId) {
        return new StoreException(
                ErrorCode.OWNERSHIP_LOST,
                "run " + Names.quoted(runId) + " of " + store
                        + " is another engine's. Nothing was written for it, and this engine lets it go",
                false,
                null);
    }

    /** Whether trying again later may succeed. */
    public boolean isTransient() {
        return isTransient;
    }
}
