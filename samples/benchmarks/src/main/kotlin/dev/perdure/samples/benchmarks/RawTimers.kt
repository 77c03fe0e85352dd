package dev.perdure.samples.benchmarks

import java.nio.file.Path
import java.sql.PreparedStatement

/**
 * Plain JDBC that writes what a timer leaves that ends its run: the row of the wait is replaced, and the run's own row says that it
 * ended. One connection and kept statements, in a file with Perdure's tables.
 */
internal class RawTimers(file: Path, private val ids: Ids) : AutoCloseable {
    private val connection = connected(file, "FULL")
    private val start = prepared("INSERT INTO runs ($RUN) VALUES (${RUN.split(',').joinToString { "?" }})")
    private val append = prepared("INSERT INTO steps ($STEP) VALUES (${STEP.split(',').joinToString { "?" }})")
    private val supersede = prepared("DELETE FROM steps WHERE run_id = ? AND seq = ?")
    private val end =
        prepared(
            "UPDATE runs SET status = ?, output = ?, updated_at = ?, finished_at = ?, wake_at = ?, context = ?, " +
                "context_seq = ? WHERE id = ?",
        )

    /** Starts [timers] runs that wait, and measures how they end, [together] in a commit. */
    fun sample(
        timers: Int,
        together: Int,
    ): Sample {
        val runs = List(timers) { ids.next() }
        runs.chunked(together).forEach(::wait)
        return sample(timers.toLong()) { runs.chunked(together).forEach(::goOff) }
    }

    private fun wait(runs: List<String>) {
        val now = System.currentTimeMillis()
        for (run in runs) {
            start.add(run, 1, "sleeps", 1, FINGERPRINT, "WAITING", "\"$INPUT\"", 2, now, now, now)
            append.add(run, 1, "evening", "step", 1, "COMPLETED", "\"$OUTPUT\"", null, now, now, CHECKSUM)
            append.add(run, 2, "night", "sleep", 1, "WAITING", null, "{\"until\":$now}", now, null, CHECKSUM)
        }
        listOf(start, append).forEach { it.executeBatch() }
        connection.commit()
    }

    private fun goOff(runs: List<String>) {
        val now = System.currentTimeMillis()
        for (run in runs) {
            append.add(run, 3, "night", "sleep", 1, "COMPLETED", null, "{\"until\":$now}", now, now, CHECKSUM)
            supersede.add(run, 2)
            end.add("COMPLETED", "\"$OUTPUT\"", now, now, null, "{}", 3, run)
        }
        listOf(append, supersede, end).forEach { it.executeBatch() }
        connection.commit()
    }

    private fun prepared(sql: String): PreparedStatement = connection.prepareStatement(sql)

    private fun PreparedStatement.add(vararg values: Any?) {
        values.forEachIndexed { index, value -> setObject(index + 1, value) }
        addBatch()
    }

    override fun close() {
        listOf(start, append, supersede, end).forEach { it.close() }
        connection.close()
    }

    private companion object {
        const val RUN =
            "id, generation, workflow, version, fingerprint, status, input, context_seq, created_at, updated_at, wake_at"
        const val STEP =
            "run_id, seq, path, kind, attempt, status, output, detail, started_at, finished_at, checksum"
    }
}
