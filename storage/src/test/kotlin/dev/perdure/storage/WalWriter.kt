package dev.perdure.storage

import dev.perdure.core.StepStatus
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.nio.file.Files
import java.nio.file.Path
import java.sql.Connection
import java.sql.DriverManager
import java.util.zip.CRC32

/**
 * A process that works on runs, `<directory>`, and halts with all that it did still in the write-ahead logs. Beside
 * each store it leaves `<store>.commits`: for each commit, the log's length when it had returned, the content then, and
 * the steps whose success it acknowledged.
 */
internal object WalWriter {
    @JvmStatic
    fun main(arguments: Array<String>) {
        DamagedFlows().all.forEach { workflow ->
            val file = Path.of(arguments[0]).resolve("${workflow.name()}.db")
            SqliteStore.open(file).close()
            // Not closed: that would empty the log.
            val engine = CommitLog(SqliteStore.open(file), file).engine(workflow)
            DamagedFlows.begin(engine, workflow).forEach { it.endsCompleted() }
        }
        Runtime.getRuntime().halt(KilledRun.HALTED)
    }
}

/** Writes down what each commit did, before anybody learns of it. */
private class CommitLog(
    private val store: Store,
    file: Path,
) : Store by store {
    private val commits = Files.newBufferedWriter(file.resolveSibling("${file.fileName}.commits"))
    private val log = file.resolveSibling("${file.fileName}-wal")
    private val connection = DriverManager.getConnection("jdbc:sqlite:$file")

    init {
        note(emptyList())
    }

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> = store.commit(lease, batch).also { note(batch) }

    private fun note(batch: List<Write>) {
        val succeeded =
            batch.filterIsInstance<Write.Append>().flatMap { write ->
                write.rows().filter { it.status() == StepStatus.COMPLETED }.map { "${write.runId()}:${it.path()}" }
            }
        commits.write("${Files.size(log)}\t${contentOf(connection)}\t${succeeded.joinToString(",")}\n")
        commits.flush()
    }
}

/** What a store has to keep: every column of runs, journals and signals, as one number. */
internal fun contentOf(connection: Connection): Long {
    val crc = CRC32()
    listOf("runs ORDER BY id", "steps ORDER BY run_id, seq", "signals ORDER BY run_id, seq").forEach { table ->
        connection.createStatement().use { statement ->
            statement.executeQuery("SELECT * FROM $table").use { row ->
                val columns = 1..row.metaData.columnCount
                while (row.next()) columns.forEach { crc.update("${row.getString(it)}\u0001".toByteArray()) }
            }
        }
        crc.update(2)
    }
    return crc.value
}
