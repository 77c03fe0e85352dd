package dev.perdure.storage

import dev.perdure.core.spi.storeContract
import io.kotest.core.spec.style.FunSpec

class SqliteStoreSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        include(
            storeContract(
                { SqliteStore.open(directory.newFile()) },
                { store, engine -> (store as SqliteStore).takeOver(engine) },
            ),
        )
    })
