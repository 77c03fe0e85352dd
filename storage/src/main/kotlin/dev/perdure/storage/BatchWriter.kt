package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.core.inList
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.deleteWhere
import org.jetbrains.exposed.v1.jdbc.insert
import org.jetbrains.exposed.v1.jdbc.selectAll
import org.jetbrains.exposed.v1.jdbc.update

/**
 * Carries out the writes of one batch, in order, inside [transaction]. Confined to it.
 *
 * @param now milliseconds since 1970
 */
internal class BatchWriter(
    private val transaction: JdbcTransaction,
    private val now: Long,
    private val ownership: Ownership = SoleOwner(transaction),
) {
    private val runs = ownership.runs
    private val queues = QueueWriter(transaction)
    private val append = transaction.held.kept("append") { transaction.appendSql() }
    private var pending = 0

    fun write(batch: List<Write>): List<WriteResult> {
        val others = ownership.begin(batch)
        val results = batch.map { if (it.isOfOwner() && it.runId() in others) WriteResult.notOwned() else write(it) }
        flush()
        return results
    }

    /** Whether only the engine that has the run may write this; anybody may start a run or send it a signal. */
    private fun Write.isOfOwner() = this is Write.Append || this is Write.Reset

    private fun write(write: Write): WriteResult {
        when (write) {
            is Write.StartRun -> return start(write)
            is Write.Signal -> return SignalWriter.add(write)
            is Write.ImportRun -> return add(write)
            is Write.SaveDefinition -> return DefinitionWriter.save(write.definition())
            is Write.Purge -> return purge(write.runId())
            is Write.Withdraw -> return queues.withdraw(write) { write.rows().forEach { add(write.runId(), it) } }
            is Write.Append -> append(write)
            is Write.Reset -> reset(write.runId())
            is Write.SaveSchedule -> save(write.schedule())
            is Write.MoveSchedule -> move(write)
            is Write.SaveQueue -> queues.save(write.queue())
            is Write.DropSchedule -> Schedules.deleteWhere { name eq write.name() }
        }
        return WriteResult.DONE
    }

    private fun start(write: Write.StartRun): WriteResult {
        val run = write.run()
        val existing = insertedUnless(run)
        if (existing != null) {
            if (existing.status() != RunStatus.RESET) {
                return WriteResult.exists(existing)
            }
            startAgain(run.inGeneration(existing.generation() + 1))
        }
        write.rows().forEach { add(run.id(), it) }
        return WriteResult.started(if (existing == null) run.generation() else existing.generation() + 1)
    }

    /**
     * Adds the run, and returns null, unless another one has its id, be it one that was reset, or its dedup key. A key that
     * another engine has just taken may be free again when one looks whose it is.
     */
    private fun insertedUnless(run: RunRecord): RunRecord? {
        if (run.placement().dedupKey() != null) {
            val taken = storedRun(run.id())?.takeIf { it.status() != RunStatus.RESET } ?: QueueWriter.holderOfKeyOf(run)
            taken?.let { return it }
        }
        if (ownership.mayExist(run.id())) {
            return storedRun(run.id())
        }
        var existing: RunRecord? = null
        while (existing == null && !ownership.insert(run)) {
            existing = storedRun(run.id()) ?: QueueWriter.holderOfKeyOf(run)
        }
        return existing
    }

    private fun add(write: Write.ImportRun): WriteResult {
        val run = write.run()
        val existing = insertedUnless(run)
        if (existing != null) {
            return WriteResult.exists(existing)
        }
        write.rows().forEach { add(run.id(), it) }
        SignalWriter.insertAll(run.id(), write.signals())
        return WriteResult.DONE
    }

    private fun startAgain(run: RunRecord) {
        deleteJournal(run.id())
        runs.replace(run)
    }

    private fun save(schedule: ScheduleRecord) {
        Schedules.deleteWhere { name eq schedule.name() }
        Schedules.insert {
            it[name] = schedule.name()
            it[workflow] = schedule.workflow()
            it[spec] = schedule.spec()
            it[input] = schedule.input()
            it[nextAt] = schedule.nextAt()
            it[lastAt] = schedule.lastAt()
            it[createdAt] = schedule.createdAt()
            it[updatedAt] = schedule.updatedAt()
        }
    }

    private fun move(write: Write.MoveSchedule) {
        val to = write.schedule()
        val isThisOne = (Schedules.name eq to.name()) and (Schedules.nextAt eq write.expected())
        val isSame =
            (Schedules.spec eq to.spec()) and (Schedules.workflow eq to.workflow()) and (Schedules.input eq to.input())
        Schedules.update({ isThisOne and isSame }) {
            it[nextAt] = to.nextAt()
            it[lastAt] = to.lastAt()
            it[updatedAt] = to.updatedAt()
        }
    }

    private fun append(write: Write.Append) {
        if (write.superseded().isNotEmpty()) {
            flush()
            write.superseded().chunked(MAX_PARAMETERS).forEach { seqs ->
                Steps.deleteWhere { (runId eq write.runId()) and (seq inList seqs) }
            }
        }
        write.rows().forEach { add(write.runId(), it) }
        if (write.consumed().isNotEmpty()) {
            SignalWriter.consume(write, now)
        }
        write.update()?.let { runs.update(write.runId(), it) }
        write.wakes()?.let { SignalWriter.wake(it) }
    }

    private fun add(
        runId: String,
        row: Row,
    ) {
        appended.forEachIndexed { index, (_, value) -> append.setObject(index + 1, value(runId, row)) }
        append.addBatch()
        pending++
    }

    /** Rows are sent before anything that could delete them, and at the end. */
    private fun flush() {
        if (pending > 0) {
            append.executeBatch()
            pending = 0
        }
    }

    private fun reset(runId: String) {
        deleteJournal(runId)
        val existing = storedRun(runId) ?: return
        runs.replace(existing.reset())
    }

    private fun purge(runId: String): WriteResult {
        flush()
        val run = storedRun(runId) ?: return WriteResult.DONE
        val needing =
            (
                listOf(
                    run,
                ) + listOfNotNull(run.parent()?.let(::storedRun))
            ).firstOrNull { !it.status().isTerminal }
        if (needing != null) {
            return WriteResult.inUse(needing)
        }
        deleteJournal(runId)
        Runs.deleteWhere { id eq runId }
        return WriteResult.DONE
    }

    private fun deleteJournal(runId: String) {
        flush()
        Steps.deleteWhere { Steps.runId eq runId }
        Signals.deleteWhere { Signals.runId eq runId }
    }

    companion object {
        /** SQLite takes many more parameters in one statement; a list this long is rare. */
        const val MAX_PARAMETERS = 500
    }
}

/** Without a lease, only what may be repeated whatever came of it, and what takes no run from anybody. */
internal fun requireAnybodys(write: Write) {
    val isFine =
        when (write) {
            is Write.StartRun -> write.run().status() == RunStatus.PENDING && write.rows().isEmpty()
            is Write.Signal -> write.signal().dedupKey() != null
            is Write.Withdraw -> true
            else -> false
        }
    require(isFine) {
        "a ${write.javaClass.simpleName} is written under a lease; without one, only starts of PENDING runs without " +
            "a journal, signals with a dedup key and what ends a run that has not begun are"
    }
}

/** The run with this id, also one that was reset. */
internal fun storedRun(id: String): RunRecord? =
    Runs
        .selectAll()
        .where { Runs.id eq id }
        .singleOrNull()
        ?.toRun()

/** A repeated commit meets its own rows; anything else that is wrong with a row must fail, so no INSERT OR IGNORE. */
internal fun JdbcTransaction.appendSql(): String {
    val columns = appended.map { it.first }
    val values = columns.joinToString(prefix = "VALUES (", postfix = ")") { "?" }
    val key = Steps.primaryKey.columns.joinToString { identity(it) }
    return db.dialect.functionProvider.insert(false, Steps, columns, values, this) + " ON CONFLICT ($key) DO NOTHING"
}
