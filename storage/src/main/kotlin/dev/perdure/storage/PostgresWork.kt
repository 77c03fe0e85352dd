package dev.perdure.storage

import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Admitted
import dev.perdure.core.spi.Claim
import dev.perdure.core.spi.Lease

/** What engines are given to do under their leases. Thread-safe. */
internal class PostgresWork(
    private val sessions: Sessions,
    private val leases: PostgresLeases,
) {
    private val given = DoubtfulRuns()
    private val told = DoubtfulRuns()

    /** First what was given to the engine before, and it does not know. */
    fun claim(
        lease: Lease,
        claim: Claim,
    ): List<String> {
        val doubtful = given.of(lease)
        if (doubtful.isNotEmpty()) {
            val own = held(lease) { own(doubtful) }
            given.remove(lease, doubtful)
            if (own.isNotEmpty()) {
                return own
            }
        }
        return held(lease, given, { it }) { claim(claim) }
    }

    fun claim(
        lease: Lease,
        runIds: Collection<String>,
    ): List<String> = held(lease, given, { it }) { claim(runIds) }

    fun admit(
        lease: Lease,
        admission: Admission,
    ): Admitted = held(lease, given, { admitted -> admitted.runs().map { it.id() } }) { admit(admission) }

    /** To be told twice does no harm. */
    fun woken(
        lease: Lease,
        limit: Int,
    ): List<String> {
        val doubtful = told.of(lease)
        val woken = held(lease, told, { it }) { woken(limit) }
        told.remove(lease, doubtful)
        return (doubtful + woken).toList()
    }

    /** @param runsOf the runs in what [action] gives, which are [kept] where it is not known whether that is durable */
    private fun <T> held(
        lease: Lease,
        kept: DoubtfulRuns? = null,
        runsOf: (T) -> Collection<String> = { emptyList() },
        action: PostgresClaims.() -> T,
    ): T {
        var runIds: Collection<String> = emptyList()
        return sessions.transaction({ lost ->
            kept?.add(lease, runIds)
            throw lost
        }) {
            with(leases) { requireHeld(lease) }
            PostgresClaims(this, lease.epoch()).action().also { runIds = runsOf(it) }
        }
    }
}
