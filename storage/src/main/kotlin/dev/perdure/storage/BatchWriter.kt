package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.eq
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
    private val rows = ownership.rows
    private val queues = QueueWriter(transaction)

    fun write(batch: List<Write>): List<WriteResult> {
        val others = ownership.begin(batch)
        val results = batch.map { if (it.isOfOwner() && it.runId() in others) WriteResult.notOwned() else write(it) }
        rows.flush()
        return results
    }

    /** Whether only the engine that has the run may write this; anybody may start a run or send it a signal. */
    private fun Write.isOfOwner() = this is Write.Append || this is Write.Reset

    private fun write(write: Write): WriteResult {
        when (write) {
            is Write.StartRun -> return start(write)
            is Write.Signal -> return signal(write)
            is Write.ImportRun -> return add(write)
            is Write.SaveDefinition -> return DefinitionWriter.save(write.definition())
            is Write.Purge -> return purge(write.runId())
            is Write.Withdraw -> return withdraw(write)
            is Write.Append -> append(write)
            is Write.Reset -> reset(write.runId())
            is Write.SaveSchedule -> save(write.schedule())
            is Write.MoveSchedule -> move(write)
            is Write.SaveQueue -> queues.save(write.queue())
            is Write.DropSchedule -> Schedules.deleteWhere { name eq write.name() }
        }
        return WriteResult.DONE
    }

    private fun signal(write: Write.Signal): WriteResult {
        rows.flush()
        return SignalWriter.add(write)
    }

    private fun withdraw(write: Write.Withdraw): WriteResult {
        rows.flush()
        return queues.withdraw(write) { write.rows().forEach { rows.append(write.runId(), it) } }
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
        write.rows().forEach { rows.append(run.id(), it) }
        return WriteResult.started(if (existing == null) run.generation() else existing.generation() + 1)
    }

    /**
     * Adds the run, and returns null, unless another one has its id, be it one that was reset, or its dedup key. A key that
     * another engine has just taken may be free again when one looks whose it is.
     */
    private fun insertedUnless(run: RunRecord): RunRecord? {
        if (run.placement().dedupKey() != null) {
            rows.flush()
            val taken = storedRun(run.id())?.takeIf { it.status() != RunStatus.RESET } ?: QueueWriter.holderOfKeyOf(run)
            taken?.let { return it }
        }
        var existing: RunRecord? = null
        while (existing == null && !ownership.insert(run)) {
            rows.flush()
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
        write.rows().forEach { rows.append(run.id(), it) }
        SignalWriter.insertAll(run.id(), write.signals())
        return WriteResult.DONE
    }

    private fun startAgain(run: RunRecord) {
        deleteJournal(run.id())
        rows.replace(run)
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
        write.rows().forEach { rows.append(write.runId(), it) }
        write.superseded().forEach { rows.supersede(write.runId(), it) }
        if (write.consumed().isNotEmpty()) {
            SignalWriter.consume(write, now)
        }
        write.update()?.let { rows.update(write.runId(), it) }
        write.wakes()?.let { rows.wake(it) }
    }

    private fun reset(runId: String) {
        deleteJournal(runId)
        val existing = storedRun(runId) ?: return
        rows.replace(existing.reset())
    }

    private fun purge(runId: String): WriteResult {
        rows.flush()
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
        rows.flush()
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
