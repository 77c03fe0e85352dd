package dev.perdure.storage

import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.Index
import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.core.isNotNull
import org.jetbrains.exposed.v1.core.isNull
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

/** What `runs` has besides where several engines share a store: the epoch of the lease that has the run, if any. */
internal object OwnedRuns : Table("runs") {
    val id = text("id")
    val createdAt = long("created_at")
    val owner = long("owner").nullable()
}

/** What `engines` has besides: when a lease runs out by the database's clock, and a mark of the last batch under it. */
internal object EngineLeases : Table("engines") {
    val epoch = long("epoch")
    val releasedAt = long("released_at").nullable()
    val supersededBy = long("superseded_by").nullable()
    val expiresAt = long("expires_at").nullable()
    val batch = long("batch").nullable()
}

/** The lanes of leases but the first, whose mark the lease itself has: a mark of the last batch that each committed. */
internal object Lanes : Table("lanes") {
    val epoch = long("epoch")
    val lane = int("lane")
    val batch = long("batch").nullable()

    override val primaryKey = PrimaryKey(epoch, lane)
}

/** True for runs that nobody has and that do more than wait. */
internal object FreeRuns : RunsThat("owner IS NULL AND $BUSY")

/** True for leases that were neither given back nor taken over. */
internal object HeldLeases : RunsThat("released_at IS NULL AND superseded_by IS NULL")

/** All versions of the schema on PostgreSQL, in order. What is added for all databases goes to the end here too. */
internal val postgresMigrations: List<Migration> =
    listOf(
        baseTables(),
        monitoringColumns(),
        waitingRuns(),
        owners(4),
        definitionTexts(5),
        sharedQueues(6),
        lanes(7),
        woken(8),
    )

private fun owners(version: Int): Migration {
    val columns = listOf<Column<*>>(OwnedRuns.owner, EngineLeases.expiresAt, EngineLeases.batch)
    val hasOwner = OwnedRuns.owner.isNotNull()
    val indexes =
        listOf(
            Index(listOf(OwnedRuns.createdAt, OwnedRuns.id), false, "runs_free", filterCondition = FreeRuns),
            Index(listOf(OwnedRuns.owner), false, "runs_owner", filterCondition = hasOwner),
            Index(listOf(EngineLeases.epoch), false, "engines_held", filterCondition = HeldLeases),
        )
    return Migration(
        version = version,
        name = "several engines",
        up = {
            listOf("CREATE SEQUENCE engine_epochs") + columns.flatMap { it.createStatement() } +
                indexes.flatMap { it.createStatement() }
        },
        down = {
            indexes.flatMap { it.dropStatement() } + columns.flatMap { it.dropStatement() } +
                listOf("DROP SEQUENCE engine_epochs")
        },
        obstacle = { if (isAnyEngineLive()) "engines are at work; close them first" else null },
    )
}

private fun lanes(version: Int) =
    Migration(
        version = version,
        name = "several commits of an engine at once",
        up = { Lanes.creation() },
        down = { listOf("DROP TABLE ${identity(Lanes)}") },
        obstacle = { if (isAnyEngineLive()) "engines are at work; close them first" else null },
    )

private fun woken(version: Int) =
    Migration(
        version = version,
        name = "an index of the runs that were woken",
        up = { listOf("CREATE INDEX runs_woken ON runs (owner, id) WHERE wake_at = 0") },
        down = { listOf("DROP INDEX runs_woken") },
    )

private fun JdbcTransaction.isAnyEngineLive(): Boolean =
    exec("SELECT count(*) FROM engines WHERE $HELD AND expires_at > $DATABASE_MILLIS") { found ->
        found.next() && found.getLong(1) > 0
    } == true
