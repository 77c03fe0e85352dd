package dev.perdure.storage

import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Write
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

/** Which engine has which run, for one batch. Confined to the batch's transaction. */
internal interface Ownership {
    /** Writes the runs' own rows, and whose they are. */
    val runs: RunStatements

    /** Called before anything of the batch is written. Returns the runs that other engines have, which are left alone. */
    fun begin(batch: List<Write>): Set<String>

    /** Whether a run with this id is there, as far as that is known without another engine. */
    fun mayExist(runId: String): Boolean

    /** Adds a run; false where one with its id exists. */
    fun insert(run: RunRecord): Boolean
}

/** One engine has all runs, and nobody else writes. */
internal class SoleOwner(
    transaction: JdbcTransaction,
) : Ownership {
    override val runs = RunStatements(transaction)

    override fun begin(batch: List<Write>): Set<String> = emptySet()

    override fun mayExist(runId: String): Boolean = runs.exists(runId)

    override fun insert(run: RunRecord): Boolean = runs.insert(run, mayExist = false)
}
