package dev.perdure.storage

import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Write
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

/** Which engine has which run, for one batch. Confined to the batch's transaction. */
internal interface Ownership {
    /** Writes the runs' own rows, with whose they are, and their journals. */
    val rows: RowWriter

    /** Called before anything of the batch is written. Returns the runs that other engines have, which are left alone. */
    fun begin(batch: List<Write>): Set<String>

    /** Adds a run; false where there is one with its id, be it one that was reset, or with its dedup key. */
    fun insert(run: RunRecord): Boolean
}

/** One engine has all runs, and nobody else writes. */
internal class SoleOwner(
    transaction: JdbcTransaction,
) : Ownership {
    override val rows = SqliteRows(transaction)

    override fun begin(batch: List<Write>): Set<String> = emptySet()

    override fun insert(run: RunRecord): Boolean = rows.insert(run)
}
