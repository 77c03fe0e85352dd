package dev.perdure.storage

import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.IntegerColumnType
import org.jetbrains.exposed.v1.core.Op
import org.jetbrains.exposed.v1.core.QueryBuilder
import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.core.TextColumnType
import org.jetbrains.exposed.v1.core.isNull
import org.jetbrains.exposed.v1.core.vendors.PostgreSQLDialect
import org.jetbrains.exposed.v1.core.vendors.SQLiteDialect
import org.jetbrains.exposed.v1.core.vendors.currentDialect

/*
 * The tables as version 1 of the schema created them are `open class Base…`; later versions extend these. A migration
 * creates from the class of its own version, so that it never changes. Times are milliseconds since 1970 (UTC).
 */

/** An INT without the CHECK constraint that Exposed gives its own integer columns on SQLite. */
internal fun Table.int(name: String): Column<Int> = registerColumn(name, IntegerColumnType())

/** A text that rows are found and sorted by, in the order of its characters' codes in every database. */
internal fun Table.key(name: String): Column<String> = registerColumn(name, KeyColumnType())

private class KeyColumnType : TextColumnType() {
    override fun sqlType(): String =
        if (currentDialect is PostgreSQLDialect) "${super.sqlType()} COLLATE \"C\"" else super.sqlType()
}

/** Begins a condition that SQLite is to look up in no index: a `+` before its column. Others choose well by themselves. */
internal fun QueryBuilder.appendUnindexed() {
    if (currentDialect is SQLiteDialect) {
        append("+")
    }
}

internal open class BaseRuns : Table("runs") {
    val id = key("id")
    val generation = int("generation")
    val workflow = text("workflow")
    val version = int("version")
    val fingerprint = text("fingerprint")
    val status = text("status")
    val input = text("input")
    val output = text("output").nullable()
    val error = text("error").nullable()
    val context = text("context").nullable()
    val contextSeq = long("context_seq")
    val createdAt = long("created_at")
    val updatedAt = long("updated_at")
    val finishedAt = long("finished_at").nullable()
    val deadlineAt = long("deadline_at").nullable()

    override val primaryKey = PrimaryKey(id)

    init {
        index("runs_created", false, createdAt, id)
        index("runs_open", false, createdAt, id, filterCondition = { FormerlyOpen })
    }
}

internal object Runs : BaseRuns() {
    val parent = text("parent").nullable()
    val wakeAt = long("wake_at").nullable()
    val queue = key("queue").default("")
    val priority = int("priority").default(0)
    val startAt = long("start_at").nullable()
    val beganAt = long("began_at").nullable()
    val dedupKey = key("dedup_key").nullable()
}

/** A condition on runs. The same text in the index and in the queries, or SQLite does not see the fit. */
internal sealed class RunsThat(
    val text: String,
) : Op<Boolean>() {
    override fun toQueryBuilder(queryBuilder: QueryBuilder) {
        queryBuilder.append(text)
    }
}

/** What version 1 of the schema knew as runs that have not ended. */
internal object FormerlyOpen : RunsThat("status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'RESET')")

/** True for runs that have not ended. */
internal object OpenRuns : RunsThat(
    "status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'COMPENSATED', 'COMPENSATION_FAILED', 'RESET')",
)

/** True for runs that have not ended and do more than wait. */
internal object BusyRuns : RunsThat(BUSY)

internal const val BUSY: String =
    "status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'COMPENSATED', 'COMPENSATION_FAILED', 'RESET', " +
        "'WAITING', 'PAUSED')"

/** True for all that did not end well: most do, and to look for these among them would be to read most of the table anyway. */
internal object UncompletedRuns : RunsThat("status <> 'COMPLETED'")

/** [OpenRuns] where another table is joined that has a status too. */
internal object OpenRunsOfJoin : RunsThat(
    "runs.status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'COMPENSATED', 'COMPENSATION_FAILED', 'RESET')",
)

/** True for runs that wait, where another table is joined that has a status too. */
internal object WaitingRunsOfJoin : RunsThat("runs.status = 'WAITING'")

/** [OpenRuns] of a second look at the table, for those who called others. */
internal object OpenCallers : RunsThat(
    "callers.status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'COMPENSATED', 'COMPENSATION_FAILED', 'RESET')",
)

/** True for runs in a status that came with version 3 of the schema. */
internal object NewStatuses : RunsThat(
    "status IN ('WAITING', 'PAUSED', 'COMPENSATING', 'COMPENSATED', 'COMPENSATION_FAILED')",
)

/** True for waits that have not ended. */
internal object WaitingSteps : Op<Boolean>() {
    override fun toQueryBuilder(queryBuilder: QueryBuilder) {
        queryBuilder.append("steps.status = 'WAITING'")
    }
}

/** True for runs that wait for a time. Not by the index on the status: SQLite would sort all that wait. */
internal object WaitingRuns : RunsThat("status = 'WAITING' AND wake_at IS NOT NULL") {
    override fun toQueryBuilder(queryBuilder: QueryBuilder) {
        queryBuilder.appendUnindexed()
        super.toQueryBuilder(queryBuilder)
    }
}

internal open class BaseSteps : Table("steps") {
    val runId = key("run_id")
    val seq = long("seq")
    val path = text("path")
    val parentPath = text("parent_path").nullable()
    val branch = text("branch").nullable()
    val kind = text("kind")
    val attempt = int("attempt")
    val status = text("status")
    val output = text("output").nullable()
    val changes = text("changes").nullable()
    val error = text("error").nullable()
    val detail = text("detail").nullable()
    val joinPolicy = text("join_policy").nullable()
    val startedAt = long("started_at").nullable()
    val finishedAt = long("finished_at").nullable()
    val nextAttemptAt = long("next_attempt_at").nullable()
    val checksum = int("checksum")

    /** Not WITHOUT ROWID: appends of many runs would then be spread over the file, at less than half the rate. */
    override val primaryKey = PrimaryKey(runId, seq)
}

internal object Steps : BaseSteps() {
    /** Reserved: where a payload is kept that is not in the row. */
    val payloadRef = text("payload_ref").nullable()
    val iterationIndex = registerColumn("iteration_index", IntegerColumnType()).nullable()
    val conditionResult = text("condition_result").nullable()
    val branchTaken = text("branch_taken").nullable()
}

internal open class BaseEngines : Table("engines") {
    val epoch = long("epoch")
    val engineId = text("engine_id")
    val processId = long("process_id")
    val host = text("host")
    val acquiredAt = long("acquired_at")
    val releasedAt = long("released_at").nullable()
    val supersededBy = long("superseded_by").nullable()

    override val primaryKey = PrimaryKey(epoch)
}

internal object Engines : BaseEngines()

internal open class BaseSignals : Table("signals") {
    val runId = key("run_id").references(Runs.id)
    val seq = long("seq")
    val name = text("name")
    val payload = text("payload")
    val dedupKey = text("dedup_key").nullable()
    val createdAt = long("created_at")
    val consumedAt = long("consumed_at").nullable()
    val consumedBy = text("consumed_by").nullable()

    override val primaryKey = PrimaryKey(runId, seq)

    init {
        uniqueIndex("signals_dedup", runId, name, dedupKey)
        index("signals_waiting", false, runId, name, filterCondition = { consumedAt.isNull() })
    }
}

internal object Signals : BaseSignals()

internal open class BaseSchedules : Table("schedules") {
    val name = key("name")
    val workflow = text("workflow")
    val spec = text("spec")
    val input = text("input")
    val nextAt = long("next_at").nullable()
    val lastAt = long("last_at").nullable()
    val createdAt = long("created_at")
    val updatedAt = long("updated_at")

    override val primaryKey = PrimaryKey(name)

    init {
        index("schedules_next", false, nextAt)
    }
}

internal object Schedules : BaseSchedules()

internal open class BaseDefinitions : Table("definitions") {
    val name = key("name")
    val version = int("version")
    val text = text("text")
    val createdAt = long("created_at")

    override val primaryKey = PrimaryKey(name, version)
}

internal object Definitions : BaseDefinitions()

internal object SchemaHistory : Table("schema_history") {
    val version = int("version")
    val name = text("name")
    val checksum = long("checksum")
    val appliedAt = long("applied_at")

    override val primaryKey = PrimaryKey(version)
}
