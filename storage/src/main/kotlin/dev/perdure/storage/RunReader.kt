package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Recorded
import dev.perdure.core.spi.RunQuery
import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.Expression
import org.jetbrains.exposed.v1.core.Op
import org.jetbrains.exposed.v1.core.QueryBuilder
import org.jetbrains.exposed.v1.core.ResultRow
import org.jetbrains.exposed.v1.core.SortOrder
import org.jetbrains.exposed.v1.core.alias
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.core.exists
import org.jetbrains.exposed.v1.core.inList
import org.jetbrains.exposed.v1.core.less
import org.jetbrains.exposed.v1.core.neq
import org.jetbrains.exposed.v1.core.not
import org.jetbrains.exposed.v1.core.vendors.SQLiteDialect
import org.jetbrains.exposed.v1.core.vendors.currentDialect
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.Query
import org.jetbrains.exposed.v1.jdbc.SizedIterable
import org.jetbrains.exposed.v1.jdbc.andWhere
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.selectAll
import org.jetbrains.exposed.v1.jdbc.unionAll

/** Reads runs. Thread-safe: each read is one statement, and so sees one state of the store. */
internal class RunReader(
    private val sessions: Sessions,
) {
    fun find(runId: String): RunRecord? =
        sessions.transaction {
            Runs
                .selectAll()
                .where { (Runs.id eq runId) and (Runs.status neq RunStatus.RESET.name) }
                .singleOrNull()
                ?.toRun()
        }

    fun journal(runId: String): List<Row> = sessions.transaction { journalOf(runId) }

    private fun JdbcTransaction.journalOf(runId: String): List<Row> {
        val select = held.kept("journal") { journalSql() }
        select.setString(1, runId)
        return select.executeQuery().use { found -> buildList { while (found.next()) add(found.toStep(runId)) } }
    }

    /** Few statements for all: what a statement through Exposed costs, a short journal does not. */
    fun recorded(runIds: List<String>): List<Recorded> =
        sessions.transaction {
            val runs = Runs.selectAll().where { (Runs.id inList runIds) and (Runs.status neq RunStatus.RESET.name) }
            val journals = journals(runIds)
            val signals = WaitReader.selectSignals(runIds).groupBy({ it[Signals.runId] }) { it.toSignal() }
            runs.map { it.toRun() }.map {
                Recorded(it, journals.getValue(it.id()), signals[it.id()].orEmpty())
            }
        }

    /** On a server, asking is what costs; in a file, the order over several runs. */
    private fun JdbcTransaction.journals(runIds: List<String>): Map<String, List<Row>> =
        if (currentDialect is SQLiteDialect) {
            runIds.associateWith { journalOf(it) }
        } else {
            val select = held.kept("journals") { journalsSql() }
            select.setArray(1, held.driver.createArrayOf("text", runIds.toTypedArray()))
            val rows = runIds.associateWith { ArrayList<Row>() }
            select.executeQuery().use { found ->
                while (found.next()) found.getString(1).let { rows.getValue(it).add(found.toStep(it)) }
            }
            rows
        }

    fun list(query: RunQuery): List<RunRecord> = read(query, Runs.columns) { it.toRun() }

    fun ids(query: RunQuery): List<String> = read(query, listOf(Runs.id, Runs.createdAt)) { it[Runs.id] }

    private fun <T> read(
        query: RunQuery,
        columns: List<Column<*>>,
        map: (ResultRow) -> T,
    ): List<T> =
        if (query.statuses().isEmpty() || query.limit() <= 0) {
            emptyList()
        } else {
            sessions.transaction { select(query, columns).map(map) }
        }

    /** By the index on the time of creation, of which it looks at no run that is too young to have ended by then. */
    fun ended(
        statuses: Set<RunStatus>,
        before: Long,
        limit: Int,
    ): List<String> =
        sessions.transaction {
            val callers = Runs.alias("callers")
            val isNeeded =
                exists(callers.select(callers[Runs.id]).where { (callers[Runs.id] eq Runs.parent) and OpenCallers })
            Runs
                .select(Runs.id)
                .where { (Runs.createdAt less before) and (Runs.finishedAt less before) }
                .andWhere { Unindexed(StatusIn(statuses.sorted())) }
                .andWhere { not(isNeeded) }
                .orderBy(Runs.createdAt to SortOrder.ASC, Runs.id to SortOrder.ASC)
                .limit(limit)
                .map { it[Runs.id] }
        }

    /** Those of these runs that have ended or stopped, or that there are not. For PostgreSQL. */
    fun settled(runIds: Collection<String>): List<String> =
        if (runIds.isEmpty()) {
            emptyList()
        } else {
            sessions.transaction {
                val select = held.kept("settled runs") { SETTLED }
                select.setArray(1, held.driver.createArrayOf("text", runIds.toTypedArray()))
                select.executeQuery().use { found -> buildList { while (found.next()) add(found.getString(1)) } }
            }
        }

    /** Through Exposed's rows, reading a long journal takes three times as long. */
    private fun JdbcTransaction.journalSql(): String {
        val (runId, seq) = listOf(Steps.runId, Steps.seq).map { identity(it) }
        val columns = appended.joinToString { identity(it.first) }
        return "SELECT $columns FROM ${identity(Steps)} WHERE $runId = ? ORDER BY $seq"
    }

    private fun JdbcTransaction.journalsSql(): String {
        val (runId, seq) = listOf(Steps.runId, Steps.seq).map { identity(it) }
        val columns = appended.joinToString { identity(it.first) }
        return "SELECT $columns FROM ${identity(Steps)} WHERE $runId = ANY (?) ORDER BY $runId, $seq"
    }

    companion object {
        private val SETTLED: String =
            RunStatus.entries.filter { it.isTerminal || it.isStopped }.joinToString(
                prefix =
                    "SELECT asked.id FROM unnest(?::text[]) AS asked(id) LEFT JOIN runs ON runs.id = asked.id " +
                        "WHERE runs.id IS NULL OR runs.status IN (",
                postfix = ")",
            ) { "'${it.name}'" }

        /** In an order that an index has, so that a page costs what it holds, and not what the table holds. */
        fun select(
            query: RunQuery,
            columns: List<Column<*>>,
        ): SizedIterable<ResultRow> {
            val statuses = query.statuses().sorted()
            val runs =
                when {
                    RunStatus.COMPLETED in statuses -> {
                        runsThat(Unindexed(StatusIn(statuses)), query, columns)
                    }

                    statuses.size == 1 || currentDialect is SQLiteDialect -> {
                        merged(statuses.map { runsThat(hasStatus(it), query, columns) })
                    }

                    else -> {
                        runsThat(StatusIn(statuses) and narrowest(statuses), query, columns)
                    }
                }
            return runs
                .orderBy(Plain(Runs.createdAt) to SortOrder.ASC, Plain(Runs.id) to SortOrder.ASC)
                .limit(query.limit())
                .offset(query.offset().toLong())
        }

        private fun runsThat(
            condition: Op<Boolean>,
            query: RunQuery,
            columns: List<Column<*>>,
        ): Query =
            Runs.select(columns).where(condition).also { runs ->
                query.workflow()?.let { name -> runs.andWhere { Runs.workflow eq name } }
            }

        /** What has an index of its own on PostgreSQL. */
        private fun narrowest(statuses: List<RunStatus>): Op<Boolean> =
            when {
                statuses.any { it.isTerminal } -> UncompletedRuns
                RunStatus.WAITING in statuses || RunStatus.PAUSED in statuses -> OpenRuns
                else -> BusyRuns
            }

        /** Each is in the order of the index, so that SQLite merges them as it reads. */
        private fun merged(queries: List<Query>): SizedIterable<ResultRow> =
            if (queries.size == 1) {
                queries.single()
            } else {
                queries.drop(2).fold(queries[0].unionAll(queries[1])) { all, those -> all.unionAll(those) }
            }

        private fun hasStatus(status: RunStatus) = (Runs.status eq status.name) and UncompletedRuns
    }
}

private class StatusIn(
    statuses: List<RunStatus>,
) : Op<Boolean>() {
    private val names = statuses.map { it.name }

    override fun toQueryBuilder(queryBuilder: QueryBuilder) {
        queryBuilder.append(Runs.status)
        queryBuilder.append(names.joinToString(prefix = " IN (", postfix = ")") { "'$it'" })
    }
}

/** A column of the result: in what is sorted after a merge, there is no table to name before it. */
private class Plain(
    private val column: Column<*>,
) : Expression<Any?>() {
    override fun toQueryBuilder(queryBuilder: QueryBuilder) {
        queryBuilder.append(column.name)
    }
}

/** A condition that SQLite looks up in no index: for several statuses it would have to sort all that it found. */
private class Unindexed(
    private val condition: Op<Boolean>,
) : Op<Boolean>() {
    override fun toQueryBuilder(queryBuilder: QueryBuilder) {
        queryBuilder.appendUnindexed()
        queryBuilder.append(condition)
    }
}
