package dev.perdure.storage

import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreRecords
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.longs.shouldBeGreaterThanOrEqual

/**
 * Made-up payloads come back as they were from wherever they go: other ones with `-Dperdure.roundtrips.first=1000000`, more with
 * `-Dperdure.roundtrips=1000000`.
 */
class RoundTripSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val first = java.lang.Long.getLong("perdure.roundtrips.first", 0)
        val count = java.lang.Long.getLong("perdure.roundtrips", 5_000)
        val seeds = first until first + count
        var trips = 0L

        fun eachAlone(trip: (Long) -> Unit) =
            seeds.forEach { seed ->
                repeatable(seed) { trip(seed) }
                trips++
            }

        fun inBatches(open: () -> Store) =
            open().use { store ->
                val lease = store.acquire(StoreRecords.engine("trips"))
                seeds.chunked(BATCH).forEach { some ->
                    repeatable(some.first(), some.size) { RoundTrips.throughStore(store, lease, some) }
                    trips += some.size
                }
            }

        test("any payload is read back from its text as it was, and is the same text then") {
            eachAlone(RoundTrips::throughText)
        }

        test("any value of a Kotlin type is decoded from its text as it was, and is the same text then") {
            eachAlone(RoundTrips::throughTypes)
        }

        test("any payload comes back from a SQLite store to the letter") {
            inBatches { SqliteStore.open(directory.newFile()) }
        }

        test("any payload comes back from a PostgreSQL store to the letter") {
            inBatches { PostgresServer.open(PostgresServer.newSchema()) }
        }

        afterSpec {
            println("round trips: $trips")
            trips shouldBeGreaterThanOrEqual count
        }
    })

private const val BATCH = 500

private fun repeatable(
    seed: Long,
    seeds: Int = 1,
    trip: () -> Unit,
) {
    try {
        trip()
    } catch (broken: RuntimeException) {
        val command =
            "mvn -q -Dquick test -pl core,dsl,storage -Dsurefire.failIfNoSpecifiedTests=false -Dtest=RoundTripSpec " +
                "-Dperdure.roundtrips.first=$seed -Dperdure.roundtrips=$seeds"
        throw IllegalStateException("payload of seed $seed: ${broken.message}\n  repeat it: $command", broken)
    }
}
