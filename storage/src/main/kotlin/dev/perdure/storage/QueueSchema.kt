package dev.perdure.storage

import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.core.isNotNull
import org.jetbrains.exposed.v1.core.neq
import org.jetbrains.exposed.v1.core.or
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.selectAll

/*
 * Which runs begin, and when. Conditions of indexes are repeated word for word by the statements that use them. Nothing is
 * indexed of a run in no queue that begins at once.
 */

/** True for runs that wait for their turn in a queue. */
internal const val QUEUED: String = "status = 'PENDING' AND queue <> '' AND began_at IS NULL AND start_at IS NULL"

/** True for runs that take up a slot of their queue. */
internal const val UNDER_WAY: String =
    "queue <> '' AND (status <> 'PENDING' OR began_at IS NOT NULL) AND " +
        "status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'COMPENSATED', 'COMPENSATION_FAILED', 'RESET')"

/** True for runs that wait for their time, or for their turn. */
internal const val HELD_BACK: String =
    "status = 'PENDING' AND (start_at IS NOT NULL OR (queue <> '' AND began_at IS NULL))"

/** False for runs that wait for their time, or for their turn. */
internal const val NOT_HELD_BACK: String =
    "(status <> 'PENDING' OR (start_at IS NULL AND (queue = '' OR began_at IS NOT NULL)))"

/** True for runs that nobody has, that do more than wait and that nothing holds back. */
internal const val CLAIMABLE: String = "owner IS NULL AND $BUSY AND $NOT_HELD_BACK"

/** What changes of a run whose time has come: it waits for its turn, or if it is in no queue, it may begin. */
internal const val RIPE: String =
    "start_at = NULL, began_at = CASE WHEN queue = '' THEN start_at ELSE began_at END"

internal open class BaseQueues : Table("queues") {
    val name = key("name")
    val concurrency = int("concurrency").nullable()
    val rate = int("rate").nullable()
    val periodMillis = long("period_ms")
    val updatedAt = long("updated_at")

    override val primaryKey = PrimaryKey(name)
}

internal object Queues : BaseQueues()

private val indexes =
    listOf(
        "CREATE INDEX runs_under_way ON runs (queue) WHERE $UNDER_WAY",
        "CREATE INDEX runs_began ON runs (queue, began_at) WHERE began_at IS NOT NULL",
        "CREATE INDEX runs_start ON runs (start_at, id) WHERE start_at IS NOT NULL",
        "CREATE UNIQUE INDEX runs_dedup ON runs (queue, dedup_key) WHERE dedup_key IS NOT NULL",
    )

private const val IN_ORDER = "priority DESC, created_at, id"

/** For SQLite, where one engine has all runs. */
internal fun queues(version: Int): Migration =
    queues(version, indexes + "CREATE INDEX runs_queued ON runs (queue, $IN_ORDER) WHERE $QUEUED", emptyList())

/** For PostgreSQL, where engines have different workflows, and each looks for its own only. */
internal fun sharedQueues(version: Int): Migration {
    val ofEach = "(queue, workflow, version, $IN_ORDER)"
    val added =
        listOf(
            "DROP INDEX runs_free",
            "CREATE INDEX runs_free ON runs $ofEach WHERE $CLAIMABLE",
            "CREATE INDEX runs_queued ON runs $ofEach WHERE $QUEUED",
        )
    val former = "CREATE INDEX runs_free ON runs (created_at, id) WHERE owner IS NULL AND $BUSY"
    return queues(version, indexes + added, listOf("DROP INDEX runs_free", former))
}

private fun queues(
    version: Int,
    created: List<String>,
    restored: List<String>,
): Migration {
    val table = BaseQueues()
    val columns = listOf<Column<*>>(Runs.queue, Runs.priority, Runs.startAt, Runs.beganAt, Runs.dedupKey)
    val own = listOf("runs_under_way", "runs_began", "runs_start", "runs_dedup", "runs_queued")
    return Migration(
        version = version,
        name = "queues, priorities and times to start",
        up = { table.creation() + columns.flatMap { it.createStatement() } + created },
        down = {
            restored + own.map { "DROP INDEX $it" } + columns.flatMap { it.dropStatement() } +
                listOf("DROP TABLE ${identity(table)}")
        },
        obstacle = {
            val isUsed =
                !Runs
                    .select(Runs.id)
                    .where { (Runs.queue neq "") or (Runs.priority neq 0) or Runs.startAt.isNotNull() }
                    .limit(1)
                    .empty()
            when {
                isUsed -> "it would delete in which queues runs are, and when they begin"
                !table.selectAll().limit(1).empty() -> "it would delete the queues that the store holds"
                else -> null
            }
        },
    )
}
