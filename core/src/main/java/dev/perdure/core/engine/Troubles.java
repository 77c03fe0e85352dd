package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.StoreException;

/** Hears of the committer's troubles, on its thread. */
interface Troubles {
    void unavailable(StoreException why);

    void recovered();

    void failedForGood(PerdureException why);
}
