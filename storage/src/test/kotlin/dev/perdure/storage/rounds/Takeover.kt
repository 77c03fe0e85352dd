package dev.perdure.storage.rounds

import java.time.Duration

/** What a process had when it was stopped: from here on, until others have it, is measured. */
internal class Takeover(
    private val database: RoundDatabase,
    worker: Worker,
) {
    private val began = System.nanoTime()
    private val victim = worker.name
    private val leases = database.column("SELECT epoch FROM engines WHERE process_id = ${worker.pid} AND $HELD")
    private val epochs = leases.joinToString(prefix = "(", postfix = ")").takeIf { leases.isNotEmpty() } ?: "(-1)"
    private val runs = database.column("SELECT id FROM runs WHERE owner IN $epochs").joinToString { "'$it'" }

    /**
     * Waits until the leases are taken over, and then until another engine has one of the runs, or all of them have ended.
     *
     * @return how long that took from when the process was stopped; null where it had no run
     * @throws IllegalStateException when it takes very long, however busy the machine is
     */
    fun await(): Duration? {
        check(database.waits(LONGEST, ::isTaken)) {
            "the leases $epochs of $victim are not taken over after $LONGEST: its session holds them, or nobody looks"
        }
        return Duration.ofNanos(System.nanoTime() - began).takeIf { runs.isNotEmpty() }
    }

    private fun isTaken(): Boolean =
        database.count("engines", "epoch IN $epochs AND $HELD") == 0 &&
            (runs.isEmpty() || isAnyElsewhere() || database.count("runs", "id IN ($runs) AND $OPEN") == 0)

    private fun isAnyElsewhere() = database.count("runs", "id IN ($runs) AND owner NOT IN $epochs") > 0

    private companion object {
        const val HELD = "released_at IS NULL AND superseded_by IS NULL"
        const val OPEN = "finished_at IS NULL"
        val LONGEST: Duration = Duration.ofSeconds(30)
    }
}
