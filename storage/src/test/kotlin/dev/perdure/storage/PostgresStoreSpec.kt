package dev.perdure.storage

import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.storeContract
import io.kotest.core.spec.style.FunSpec

/** What every store does, through a pool of the store's own. */
class PostgresStoreSpec :
    FunSpec({
        var schema = ""
        include(
            storeContract(
                {
                    schema = PostgresServer.newSchema()
                    PostgresServer.open(schema)
                },
                { store, engine -> store.takingOver(schema, engine) },
            ),
        )
    })

/** What every store does, on connections that are the application's. */
class PostgresDataSourceSpec :
    FunSpec({
        var schema = ""
        include(
            storeContract(
                {
                    schema = PostgresServer.newSchema()
                    PostgresStore.open(PostgresServer.dataSource, schema, PostgresServer.patient)
                },
                { store, engine -> store.takingOver(schema, engine) },
            ),
        )
    })

private fun Store.takingOver(
    schema: String,
    engine: EngineIdentity,
): Lease {
    PostgresServer.expireLeases(schema)
    return acquire(engine)
}
