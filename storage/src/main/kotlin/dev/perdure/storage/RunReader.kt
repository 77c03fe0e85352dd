package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.RunQuery
import org.jetbrains.exposed.v1.core.Op
import org.jetbrains.exposed.v1.core.QueryBuilder
import org.jetbrains.exposed.v1.core.SortOrder
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.core.neq
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.Query
import org.jetbrains.exposed.v1.jdbc.andWhere
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.selectAll

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

    fun journal(runId: String): List<Row> =
        sessions.transaction {
            val select = held.kept("journal") { journalSql() }
            select.setString(1, runId)
            select.executeQuery().use { found -> buildList { while (found.next()) add(found.toStep(runId)) } }
        }

    fun list(query: RunQuery): List<RunRecord> =
        if (query.statuses().isEmpty() || query.limit() <= 0) {
            emptyList()
        } else {
            sessions.transaction { select(query).map { it.toRun() } }
        }

    fun ids(query: RunQuery): List<String> =
        if (query.statuses().isEmpty() || query.limit() <= 0) {
            emptyList()
        } else {
            sessions.transaction { select(query).adjustSelect { select(Runs.id) }.map { it[Runs.id] } }
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

    companion object {
        private val SETTLED: String =
            RunStatus.entries.filter { it.isTerminal || it.isStopped }.joinToString(
                prefix =
                    "SELECT asked.id FROM unnest(?::text[]) AS asked(id) LEFT JOIN runs ON runs.id = asked.id " +
                        "WHERE runs.id IS NULL OR runs.status IN (",
                postfix = ")",
            ) { "'${it.name}'" }

        /** In an order that an index has, so that a page costs what it holds, and not what the table holds. */
        fun select(query: RunQuery): Query {
            val isOpenOnly = query.statuses().none { it.isTerminal }
            val isBusyOnly = isOpenOnly && query.statuses().none { it == RunStatus.WAITING || it == RunStatus.PAUSED }
            val runs = Runs.selectAll().where(Unindexed.unless(query.statuses().size == 1, StatusIn(query.statuses())))
            query.workflow()?.let { name -> runs.andWhere { Unindexed.unless(!isOpenOnly, Runs.workflow eq name) } }
            if (isOpenOnly) {
                runs.andWhere { if (isBusyOnly) BusyRuns else OpenRuns }
            }
            return runs
                .orderBy(Runs.createdAt to SortOrder.ASC, Runs.id to SortOrder.ASC)
                .limit(query.limit())
                .offset(query.offset().toLong())
        }
    }
}

private class StatusIn(
    statuses: Set<RunStatus>,
) : Op<Boolean>() {
    private val names = statuses.map { it.name }.sorted()

    override fun toQueryBuilder(queryBuilder: QueryBuilder) {
        queryBuilder.append(Runs.status)
        queryBuilder.append(names.joinToString(prefix = " IN (", postfix = ")") { "'$it'" })
    }
}

/**
 * A condition that SQLite looks up in no index. For several statuses it would have to sort
 * all that it found, and of a workflow's runs most have ended.
 */
private class Unindexed(
    private val condition: Op<Boolean>,
) : Op<Boolean>() {
    override fun toQueryBuilder(queryBuilder: QueryBuilder) {
        queryBuilder.appendUnindexed()
        queryBuilder.append(condition)
    }

    companion object {
        fun unless(
            isIndexed: Boolean,
            condition: Op<Boolean>,
        ): Op<Boolean> = if (isIndexed) condition else Unindexed(condition)
    }
}
