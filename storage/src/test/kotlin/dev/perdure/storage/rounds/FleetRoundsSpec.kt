package dev.perdure.storage.rounds

import dev.perdure.core.engine.ChildJvm
import dev.perdure.storage.PostgresServer
import dev.perdure.storage.StoreDirectory
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Path
import java.time.Duration
import kotlin.random.Random

/**
 * Fleets of processes on one PostgreSQL, disturbed in rounds: other seeds with `-Dperdure.fleet.seed=…`, more rounds with
 * `-Dperdure.fleet.rounds=500`, and more runs with `-Dperdure.fleet.runs=10000`.
 */
class FleetRoundsSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val rounds = Integer.getInteger("perdure.fleet.rounds", 15)
        val runs = Integer.getInteger("perdure.fleet.runs", 2_000)
        val seed = java.lang.Long.getLong("perdure.fleet.seed", Random.nextLong(1_000_000_000))
        val drawn = Disturbance.draw(Random(seed), rounds)
        val takeovers = mutableListOf<Duration>()
        var held = 0
        val jvm by lazy { warmed(directory.path) }

        mapOf(2 to drawn.take(rounds / 2), 3 to drawn.drop(rounds / 2)).forEach { (engines, disturbances) ->
            test("$engines engines bring all runs to their one end, whatever is done to one of them") {
                val plan = SessionPlan(seed + engines, engines, runs, disturbances)
                val session = RoundSession(WorkerStart(jvm, directory.path), plan)
                try {
                    session.use { it.run() }
                } catch (broken: Exception) {
                    val again = command(seed, rounds, runs)
                    throw AssertionError(
                        "${broken.message}\n$disturbances\nto repeat: $again\n${session.logEnds()}",
                        broken,
                    )
                }
                takeovers += session.takeovers
                held += session.held
            }
        }

        test("others took over in some of the rounds") {
            takeovers.isEmpty() shouldBe false
            println(
                "takeovers: ${takeovers.size}, the longest ${takeovers.max().toMillis()} ms, $held in a transaction",
            )
            println("fleet rounds: $rounds")
        }

        if (System.getProperty("perdure.mutants") == "all") {
            test("the rounds find engines that go on recording after others took over") {
                val start = WorkerStart(jvm, directory.path, UnfencedWorker::class.java)
                val plan =
                    SessionPlan(seed, 2, 400, List(3) { Disturbance.LONG_PAUSE }, patience = Duration.ofSeconds(15))
                val found = shouldThrow<IllegalStateException> { RoundSession(start, plan).use { it.run() } }
                found.message shouldContain
                    Regex("started more than once|which no body yielded|in the application's table")
            }
        }
    })

private fun command(
    seed: Long,
    rounds: Int,
    runs: Int,
) = "mvn test -pl storage -am -Dtest=FleetRoundsSpec -Dsurefire.failIfNoSpecifiedTests=false " +
    "-Dperdure.fleet.seed=$seed -Dperdure.fleet.rounds=$rounds -Dperdure.fleet.runs=$runs"

/** A JVM that has loaded what workers need. */
internal fun warmed(directory: Path): ChildJvm {
    val schema = PostgresServer.newSchema()
    PostgresServer.execute("CREATE TABLE warm_$schema (run TEXT, path TEXT, value TEXT)")
    val url = PostgresServer.url + "&prepareThreshold=0"
    val plan = WorkerPlan("warm", 0, Duration.ZERO, url, schema, "warm_$schema", directory.resolve("warm.ledger"))
    return ChildJvm.warmed(directory, RoundWorker::class.java, *plan.arguments())
}
