package dev.perdure.samples.benchmarks

import java.sql.Connection
import java.sql.PreparedStatement

/**
 * The raw limit: plain JDBC on the tables that Perdure has, with one connection and kept statements. Closes [connection], which
 * does not commit by itself.
 */
internal open class RawJdbc(protected val connection: Connection, private val ids: Ids) : AutoCloseable {
    private val step = connection.prepareStatement("INSERT INTO steps ($COLUMNS) VALUES (${places(COLUMNS)})")
    private val start = connection.prepareStatement("INSERT INTO runs ($RUN_COLUMNS) VALUES (${places(RUN_COLUMNS)})")
    private val end = connection.prepareStatement(END)

    /**
     * Writes [runs] runs, [inFlight] of them side by side: a commit for each of [commits], with as many rows of each run.
     *
     * @param hasRunRows whether the runs' own rows are written too, as Perdure does: one commit more, and an update in the last
     * @return the rows of steps that were written
     */
    fun write(
        runs: Int,
        inFlight: Int,
        commits: List<Int>,
        hasRunRows: Boolean = false,
    ): Long {
        var left = runs
        while (left > 0) {
            val group = List(minOf(left, inFlight)) { ids.next() }
            if (hasRunRows) {
                group.forEach { startRun(it) }
                start.executeBatch()
                connection.commit()
            }
            writeSteps(group, commits, hasRunRows)
            left -= group.size
        }
        return runs * commits.sum().toLong()
    }

    /** As [write], measured. */
    fun sample(
        runs: Int,
        inFlight: Int,
        commits: List<Int>,
        hasRunRows: Boolean = false,
    ): Sample = sample(runs * commits.sum().toLong()) { write(runs, inFlight, commits, hasRunRows) }

    private fun writeSteps(
        group: List<String>,
        commits: List<Int>,
        hasRunRows: Boolean,
    ) {
        var seq = 0L
        commits.forEachIndexed { index, rows ->
            group.forEach { run -> repeat(rows) { addStep(run, seq + it + 1, isInBlock = rows > 1) } }
            step.executeBatch()
            seq += rows
            if (hasRunRows && index == commits.lastIndex) {
                group.forEach { endRun(it, seq) }
                end.executeBatch()
            }
            connection.commit()
        }
    }

    private fun addStep(
        run: String,
        seq: Long,
        isInBlock: Boolean,
    ) {
        val now = System.currentTimeMillis()
        step.bind(
            run,
            seq,
            if (isInBlock) "block/branch-$seq" else "step-$seq",
            if (isInBlock) "block" else null,
            if (isInBlock) "branch-$seq" else null,
            "step",
            1,
            "COMPLETED",
            JSON_OUTPUT,
            null,
            null,
            null,
            null,
            now,
            now,
            null,
            seq.toInt() * CHECKSUM,
        )
    }

    private fun startRun(run: String) {
        val now = System.currentTimeMillis()
        start.bind(
            run,
            1,
            "sequence",
            1,
            FINGERPRINT,
            "RUNNING",
            "\"$INPUT\"",
            null,
            null,
            null,
            0,
            now,
            now,
            null,
            null,
        )
    }

    private fun endRun(
        run: String,
        seq: Long,
    ) {
        val now = System.currentTimeMillis()
        end.bind("COMPLETED", JSON_OUTPUT, now, now, "{}", seq, run)
    }

    private fun PreparedStatement.bind(vararg values: Any?) {
        values.forEachIndexed { index, value -> setObject(index + 1, value) }
        addBatch()
    }

    /** Reads all columns of a run's steps, in order, and returns how many there are. */
    fun read(runId: String): Long {
        var rows = 0L
        connection.prepareStatement("SELECT $COLUMNS FROM steps WHERE run_id = ? ORDER BY seq").use { query ->
            query.setString(1, runId)
            query.executeQuery().use { found ->
                while (found.next()) {
                    val row = List(COLUMN_COUNT) { found.getObject(it + 1) }
                    check(row.size == COLUMN_COUNT)
                    rows++
                }
            }
        }
        connection.rollback()
        return rows
    }

    /** Deletes what a run has recorded after [seq]. */
    fun truncate(
        runId: String,
        seq: Int,
    ) {
        connection.prepareStatement("DELETE FROM steps WHERE run_id = ? AND seq > ?").use {
            it.setString(1, runId)
            it.setInt(2, seq)
            it.executeUpdate()
        }
        connection.commit()
    }

    override fun close() {
        listOf(step, start, end).forEach { it.close() }
        connection.close()
    }

    private companion object {
        const val COLUMNS =
            "run_id, seq, path, parent_path, branch, kind, attempt, status, output, changes, error, detail, " +
                "join_policy, started_at, finished_at, next_attempt_at, checksum"
        const val RUN_COLUMNS =
            "id, generation, workflow, version, fingerprint, status, input, output, error, context, context_seq, " +
                "created_at, updated_at, finished_at, deadline_at"
        const val END =
            "UPDATE runs SET status = ?, output = ?, updated_at = ?, finished_at = ?, context = ?, context_seq = ? " +
                "WHERE id = ?"
        const val JSON_OUTPUT = "\"$OUTPUT\""
        val COLUMN_COUNT = COLUMNS.split(',').size

        fun places(columns: String): String = columns.split(',').joinToString { "?" }
    }
}

internal const val FINGERPRINT = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
internal const val CHECKSUM = 1_597_334_677
