package dev.perdure.storage

import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import org.jetbrains.exposed.v1.core.Op
import org.jetbrains.exposed.v1.core.QueryBuilder
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.core.isNull
import org.jetbrains.exposed.v1.core.lessEq
import org.jetbrains.exposed.v1.core.max
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.deleteWhere
import org.jetbrains.exposed.v1.jdbc.insert
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.update

/** The leases that the table `engines` records. To be called inside a write transaction. Stateless. */
internal object Leases {
    /** So many leases keep their rows when they are over, for whoever wants to know who was there. */
    const val REMEMBERED: Long = 1_000

    private val isHeld: Op<Boolean> get() = Engines.releasedAt.isNull() and Engines.supersededBy.isNull()

    /** Forgets leases that were over long ago; the last row stays, so that the epoch only ever grows. */
    fun give(
        engine: EngineIdentity,
        now: Long,
    ): Lease {
        val latest = Engines.epoch.max()
        val lease = Lease(engine.engineId(), (Engines.select(latest).single()[latest] ?: 0) + 1)
        Engines.update({ isHeld }) { it[supersededBy] = lease.epoch() }
        Engines.insert {
            it[epoch] = lease.epoch()
            it[engineId] = engine.engineId()
            it[processId] = engine.processId()
            it[host] = engine.host()
            it[acquiredAt] = now
        }
        Engines.deleteWhere { epoch lessEq lease.epoch() - REMEMBERED }
        return lease
    }

    fun release(
        lease: Lease,
        now: Long,
    ) {
        Engines.update({ (Engines.epoch eq lease.epoch()) and (Engines.engineId eq lease.engineId()) and isHeld }) {
            it[releasedAt] = now
        }
    }

    /** Whether [lease] is the one that holds the store. Part of every commit, hence a kept statement. */
    fun JdbcTransaction.holds(lease: Lease): Boolean {
        val statement = held.kept("fence") { fenceSql() }
        statement.setLong(1, lease.epoch())
        statement.setString(2, lease.engineId())
        return statement.executeQuery().use { it.next() }
    }

    private fun JdbcTransaction.fenceSql(): String =
        Engines
            .select(Engines.epoch)
            .where { (Engines.epoch eq 0) and (Engines.engineId eq "") and isHeld }
            .prepareSQL(QueryBuilder(true))
}
