package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.StoreException
import org.jetbrains.exposed.v1.core.SortOrder
import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.deleteWhere
import org.jetbrains.exposed.v1.jdbc.insert
import org.jetbrains.exposed.v1.jdbc.selectAll
import org.slf4j.LoggerFactory
import java.time.Clock

/** Where the tables of one store are, as its database has it. Stateless. */
internal interface SchemaPlace {
    val failures: Failures

    /** All versions of the schema, in order. */
    val migrations: List<Migration>

    /** What the schema consists of. */
    val tables: List<Table> get() = listOf(Runs, Steps, Engines, Signals, Schedules, Definitions, Queues)

    /** What to do where somebody else has tables under our names. */
    val alternative: String

    fun tableNames(transaction: JdbcTransaction): Set<String>

    /** Keeps others from changing the schema until the transaction ends. */
    fun lock(transaction: JdbcTransaction)

    /** What and where it is, without secrets. */
    override fun toString(): String
}

/**
 * The schema of one store, and its way from version to version; each step is one transaction, and is left out where somebody
 * else has taken it meanwhile. Stateless.
 */
internal class Schema(
    private val place: SchemaPlace,
    private val sessions: Sessions,
    private val clock: Clock,
) {
    private val migrations = place.migrations

    /** What the store's history says was applied, oldest first. Refuses a schema newer than this library. */
    fun applied(): List<AppliedMigration> = read().also { refuseNewer(it) }

    /** Nothing was changed where the server's last word got lost: so it is asked once more. */
    private fun read(): List<AppliedMigration> {
        val history: JdbcTransaction.() -> List<AppliedMigration> = { history() }
        return sessions.transaction(inDoubt = { sessions.transaction(block = history) }, block = history)
    }

    fun version(): Int = applied().lastOrNull()?.version ?: 0

    /** Goes up or down to [target]. Others may be on the same way: the version is read anew before each step. */
    fun migrateTo(target: Int) {
        var version = version()
        while (version != target) {
            if (version < target) up(migrations[version]) else down(migrations[version - 1])
            version = version()
        }
    }

    private fun up(migration: Migration): Unit =
        atVersion(migration.version - 1) {
            if (migration.version == 1) {
                refuseForeignTables()
                SchemaHistory.creation().forEach { exec(it) }
            }
            migration.up(this).forEach { exec(it) }
            SchemaHistory.insert {
                it[version] = migration.version
                it[name] = migration.name
                it[checksum] = migration.checksum(this@atVersion)
                it[appliedAt] = clock.millis()
            }
            log.info("Store {}: schema is at version {} ({})", place, migration.version, migration.name)
        }

    private fun down(migration: Migration): Unit =
        atVersion(migration.version) {
            migration.obstacle(this)?.let {
                throw place.failures.lasting(
                    "its schema stays at version ${migration.version}: going back is refused, as $it",
                )
            }
            migration.down(this).forEach { exec(it) }
            SchemaHistory.deleteWhere { version eq migration.version }
            log.info("Store {}: schema is back at version {}", place, migration.version - 1)
        }

    private fun atVersion(
        expected: Int,
        change: JdbcTransaction.() -> Unit,
    ): Unit =
        sessions.transaction {
            place.lock(this)
            if ((history().lastOrNull()?.version ?: 0) == expected) {
                change()
            }
        }

    private fun JdbcTransaction.history(): List<AppliedMigration> {
        if (SchemaHistory.tableName !in place.tableNames(this)) {
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
                "store $place has schema version $found, this version of Perdure knows versions up to $known: " +
                    "use the newer Perdure, or migrate the store down with it",
                false,
                null,
            )
        }
        applied.filterNot { it.isAsKnown }.forEach {
            log.warn("Store {}: schema version {} was made by other statements than this library's", place, it.version)
        }
    }

    /** A database may hold other tables too, but not under our names. */
    private fun JdbcTransaction.refuseForeignTables() {
        val taken = place.tableNames(this).intersect(place.tables.mapTo(HashSet()) { it.tableName })
        if (taken.isNotEmpty()) {
            throw place.failures.lasting(
                "it has tables $taken that are not Perdure's; ${place.alternative}. Nothing was changed",
            )
        }
    }

    private companion object {
        val log = LoggerFactory.getLogger(Schema::class.java)
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
