package dev.perdure.storage

import dev.perdure.core.spi.Lease
import java.util.concurrent.ConcurrentHashMap

/**
 * Runs that engines were given, or told of, in transactions whose outcome is not known, as the server's answer was lost. Nobody
 * else would ever be given them, or told: so they are kept until their engine hears of them. Thread-safe.
 */
internal class DoubtfulRuns {
    private val runs = ConcurrentHashMap<Lease, Set<String>>()

    fun of(lease: Lease): Set<String> = runs[lease].orEmpty()

    fun add(
        lease: Lease,
        runIds: Collection<String>,
    ) {
        runs.merge(lease, runIds.toSet(), Set<String>::plus)
    }

    fun remove(
        lease: Lease,
        runIds: Set<String>,
    ) {
        runs.computeIfPresent(lease) { _, known -> (known - runIds).ifEmpty { null } }
    }
}
