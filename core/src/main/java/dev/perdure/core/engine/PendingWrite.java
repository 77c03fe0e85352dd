package dev.perdure.core.engine;

import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;

/** A write that is to be committed, and who hears of it. */
record PendingWrite(Write write, Acknowledged acknowledged) {
    boolean isImpatient() {
        return acknowledged.isImpatient();
    }

    /** The store has taken it, or has not because another engine has the run. */
    void answer(WriteResult result, Store store) {
        if (result.kind() == WriteResult.Kind.NOT_OWNED) {
            acknowledged.refused(StoreException.notOwned(store.describe(), write.runId()));
        } else {
            acknowledged.committed(result);
        }
    }
}
