package dev.perdure.storage

import dev.perdure.core.engine.RunEnd
import dev.perdure.core.engine.end
import dev.perdure.core.engine.engine
import java.nio.file.Path
import java.sql.Connection
import java.sql.DriverManager
import java.util.concurrent.ConcurrentHashMap
import kotlin.random.Random

/** Where a log is damaged, and how. */
internal class Place(
    val recording: WalRecording,
    val damage: Damage,
    val at: Int,
) {
    override fun toString(): String = "$damage of ${recording.name} at byte $at of ${recording.log.size}"
}

/**
 * One damaged store, and what it must hold. Every 50th is opened by an engine, which works until its runs have ended as
 * [ends] says; the others are only read.
 */
internal class WalTrial(
    val number: Int,
    private val seed: Int,
    private val place: Place,
    private val ends: List<RunEnd>,
) {
    private val random = Random(seed * 1_000_003L + number)
    private val damaged = place.recording.damaged(place.damage, place.at, random)

    /** What is left of the runs. */
    val committed: Committed = place.recording.surviving(damaged)

    /** @throws IllegalStateException when it holds anything else */
    fun check(directory: Path) {
        val file = place.recording.write(directory, damaged, hasIndex = random.nextBoolean())
        if (number % RESUMED_EACH == 0) {
            resume(file)
        } else {
            read(file) { connection ->
                connection.createStatement().use { it.execute("PRAGMA synchronous = OFF") }
                requireCommitted(connection)
                requireWhole(connection)
            }
        }
    }

    private fun <T> read(
        file: Path,
        use: (Connection) -> T,
    ): T = DriverManager.getConnection("jdbc:sqlite:$file").use(use)

    private fun requireCommitted(connection: Connection) {
        val found = contentOf(connection)
        check(found == committed.content) { "the content is not that of the last commit before the damage" }
        val missing = committed.acknowledged - recorded(connection)
        check(missing.isEmpty()) { "steps were acknowledged and are lost: $missing" }
    }

    private fun requireWhole(connection: Connection) {
        val findings = connection.column("PRAGMA integrity_check")
        check(findings == listOf("ok")) { "SQLite finds $findings" }
    }

    private fun recorded(connection: Connection): Set<String?> =
        connection.column("SELECT run_id || ':' || path FROM steps WHERE status = 'COMPLETED'").toSet()

    /** The store is the first to open it. */
    private fun resume(file: Path) {
        val started = ConcurrentHashMap.newKeySet<String>()
        val workflow = DamagedFlows { started += it }.all.first { it.name() == place.recording.name }
        val store = SqliteStore.open(file)
        val before =
            read(file) {
                requireCommitted(it)
                recorded(it)
            }
        val found = store.engine(workflow).use { engine -> DamagedFlows.begin(engine, workflow).map { it.end() } }
        check(found == ends) { "the runs end with $found, and should with $ends" }
        val again = started intersect before
        check(again.isEmpty()) { "steps were recorded and ran again: $again" }
        read(file) {
            val lost = before - recorded(it)
            check(lost.isEmpty()) { "steps were recorded and are gone: $lost" }
            requireWhole(it)
        }
    }

    override fun toString(): String = "image $number, seed $seed: $place"

    private companion object {
        const val RESUMED_EACH = 50
    }
}
