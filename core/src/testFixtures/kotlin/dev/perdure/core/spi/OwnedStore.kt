package dev.perdure.core.spi

import dev.perdure.core.spi.StoreRecords.engine

/** A store that "engine-1" owns. */
internal class OwnedStore(
    val store: Store,
    val lease: Lease,
) {
    fun commit(vararg writes: Write): List<WriteResult> = store.commit(lease, writes.toList())

    /** What became of one write. */
    fun answer(write: Write): WriteResult = commit(write).single()
}

internal fun owned(
    open: () -> Store,
    test: OwnedStore.() -> Unit,
) = open().use { OwnedStore(it, it.acquire(engine("engine-1"))).test() }
