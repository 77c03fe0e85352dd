package dev.perdure.core.transfer;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.EngineIdentity;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Purge;
import dev.perdure.core.spi.RunArchive;
import dev.perdure.core.spi.Store;
import org.jspecify.annotations.Nullable;

/**
 * Deletes runs that have ended from a store that no engine of this process has open. Holds the store's lease until it is closed;
 * runs are not taken up. Confined to one thread.
 */
public final class RunPurge implements AutoCloseable {
    private final Store store;
    private final Lease lease;

    /**
     * Takes the store's lease.
     *
     * @throws dev.perdure.core.spi.StoreException STORE_IN_USE when an engine holds the store; that engine can purge
     */
    public RunPurge(Store store) {
        this.store = store;
        this.lease = store.acquire(EngineIdentity.ofThisProcess());
    }

    /**
     * Deletes the runs that {@code which} says, after the archive took them.
     *
     * @return how many there were
     * @throws PerdureException ARCHIVE_FAILED, STORE_UNAVAILABLE; batches before the one that failed are deleted
     */
    public long carryOut(Purge which, @Nullable RunArchive archive) {
        return which.carryOut(store, archive, batch -> store.commit(lease, batch));
    }

    /** Gives the lease back; the store stays open. */
    @Override
    public void close() {
        store.release(lease);
    }
}
