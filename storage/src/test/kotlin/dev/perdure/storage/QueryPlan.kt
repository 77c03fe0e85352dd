package dev.perdure.storage

import io.kotest.core.spec.Spec
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import org.jetbrains.exposed.v1.core.AbstractQuery
import org.jetbrains.exposed.v1.core.QueryBuilder
import org.jetbrains.exposed.v1.core.ResultRow
import org.jetbrains.exposed.v1.core.statements.StatementType
import org.jetbrains.exposed.v1.jdbc.SizedIterable
import java.time.Clock

/** How SQLite would carry out a query. */
internal class QueryPlan(
    spec: Spec,
) {
    private val directory = StoreDirectory(spec)

    fun of(query: () -> SizedIterable<ResultRow>): String =
        SqliteFile.open(StorePath.of(directory.newFile()), SqliteOptions()).use { file ->
            file.writer().use { sessions ->
                Schema(SqliteSchemaPlace(file.path), sessions, Clock.systemUTC()).migrateTo(migrations.last().version)
                sessions.transaction {
                    val sql = (query() as AbstractQuery<*>).prepareSQL(QueryBuilder(false))
                    val steps = mutableListOf<String>()
                    exec("EXPLAIN QUERY PLAN $sql", explicitStatementType = StatementType.SELECT) { result ->
                        while (result.next()) {
                            steps += result.getString("detail")
                        }
                    }
                    steps.joinToString()
                }
            }
        }

    companion object {
        infix fun String.shouldBeReadInOrderOf(index: String) {
            this shouldContain "INDEX $index"
            this shouldNotContain "TEMP B-TREE"
        }
    }
}
