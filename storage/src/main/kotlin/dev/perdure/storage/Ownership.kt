package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Write
import org.jetbrains.exposed.v1.core.statements.UpdateBuilder
import org.jetbrains.exposed.v1.jdbc.insert

/** Which engine has which run, for one batch. Confined to the batch's transaction. */
internal interface Ownership {
    /** Called before anything of the batch is written. Returns the runs that other engines have, which are left alone. */
    fun begin(batch: List<Write>): Set<String>

    /** Whether a run with this id may be there, so that it is worth looking for. */
    fun mayExist(runId: String): Boolean

    /** Adds a run; false where one with its id exists. */
    fun insert(run: RunRecord): Boolean

    /** Says whose the run is once it has [status], in the statement that sets it. */
    fun mark(
        row: UpdateBuilder<*>,
        status: RunStatus,
    )
}

/** One engine has all runs, and nobody else writes. Stateless. */
internal object SoleOwner : Ownership {
    override fun begin(batch: List<Write>): Set<String> = emptySet()

    override fun mayExist(runId: String): Boolean = true

    override fun insert(run: RunRecord): Boolean {
        Runs.insert {
            it[id] = run.id()
            it.set(run)
        }
        return true
    }

    override fun mark(
        row: UpdateBuilder<*>,
        status: RunStatus,
    ): Unit = Unit
}
