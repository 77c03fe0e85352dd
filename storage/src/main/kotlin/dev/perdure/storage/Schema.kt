package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.StoreException
import org.jetbrains.exposed.v1.core.SortOrder
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.deleteWhere
import org.jetbrains.exposed.v1.jdbc.insert
import org.jetbrains.exposed.v1.jdbc.selectAll
import org.slf4j.LoggerFactory
import java.time.Clock

/** The schema of one store, and its way from version to version; each step is one transaction. Stateless. */
internal class Schema(
    private val path: StorePath,
    private val sessions: Sessions,
    private val clock: Clock,
) {
    /** What the store's history says was applied, oldest first. Refuses a schema newer than this library. */
    fun applied(): List<AppliedMigration> = sessions.transaction { history() }.also { refuseNewer(it) }

    fun version(): Int = applied().lastOrNull()?.version ?: 0

    /** Goes up or down to [target]. The caller holds the store's lock. */
    fun migrateTo(target: Int) {
        while (version() < target) {
            up(migrations[version()])
        }
        while (version() > target) {
            down(migrations[version() - 1])
        }
    }

    private fun up(migration: Migration): Unit =
        sessions.transaction {
            if (migration.version == 1) {
                refuseForeignTables()
                SchemaHistory.creation().forEach { exec(it) }
            }
            migration.up(this).forEach { exec(it) }
            SchemaHistory.insert {
                it[version] = migration.version
                it[name] = migration.name
                it[checksum] = migration.checksum(this@transaction)
                it[appliedAt] = clock.millis()
            }
            log.info("Store {}: schema is at version {} ({})", path, migration.version, migration.name)
        }

    private fun down(migration: Migration): Unit =
        sessions.transaction {
            migration.obstacle(this)?.let {
                throw path.failures.lasting(
                    "its schema stays at version ${migration.version}: going back is refused, as $it",
                )
            }
            migration.down(this).forEach { exec(it) }
            SchemaHistory.deleteWhere { version eq migration.version }
            log.info("Store {}: schema is back at version {}", path, migration.version - 1)
        }

    private fun JdbcTransaction.history(): List<AppliedMigration> {
        if (SchemaHistory.tableName !in tableNames()) {
            return emptyList()
        }
        return SchemaHistory.selectAll().orderBy(SchemaHistory.version to SortOrder.ASC).map { row ->
            val version = row[SchemaHistory.version]
            AppliedMigration(
                version,
                row[SchemaHistory.name],
                row[SchemaHistory.appliedAt],
                migrations.getOrNull(version - 1)?.checksum(this) == row[SchemaHistory.checksum],
            )
        }
    }

    private fun refuseNewer(applied: List<AppliedMigration>) {
        val found = applied.lastOrNull()?.version ?: return
        val known = migrations.last().version
        if (found > known) {
            throw StoreException(
                ErrorCode.STORE_TOO_NEW,
                "store $path has schema version $found, this version of Perdure knows versions up to $known: " +
                    "use the newer Perdure, or migrate the store down with it",
                false,
                null,
            )
        }
        applied.filterNot { it.isAsKnown }.forEach {
            log.warn("Store {}: schema version {} was made by other statements than this library's", path, it.version)
        }
    }

    /** A database may hold other tables too, but not under our names. */
    private fun JdbcTransaction.refuseForeignTables() {
        val ours = listOf(Runs, Steps, Engines, Signals, Schedules).map { it.tableName }
        val taken = tableNames().intersect(ours.toSet())
        if (taken.isNotEmpty()) {
            throw path.failures.lasting(
                "it has tables $taken that are not Perdure's; use another file. Nothing was changed",
            )
        }
    }

    private fun JdbcTransaction.tableNames(): Set<String> {
        val names = mutableSetOf<String>()
        exec("SELECT name FROM sqlite_master WHERE type = 'table'") { result ->
            while (result.next()) {
                names += result.getString(1)
            }
        }
        return names
    }

    private companion object {
        val log = LoggerFactory.getLogger(SqliteStore::class.java)
    }
}

/**
 * A migration as the store recorded it.
 *
 * @property isAsKnown whether this library would make it by the same statements
 */
internal class AppliedMigration(
    val version: Int,
    val name: String,
    val appliedAt: Long,
    val isAsKnown: Boolean,
)
