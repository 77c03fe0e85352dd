package dev.perdure.samples.cli

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Admitted
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.PendingRun
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import java.util.concurrent.ConcurrentHashMap

/**
 * A store of which an engine sees one run, and those that it calls: a command takes up no other run, which it would
 * cut off again when it ends. Thread-safe.
 */
internal class FamilyStore(
    private val store: Store,
    private val ancestor: String,
) : Store by store {
    private val known = ConcurrentHashMap<String, Boolean>()

    override fun ids(query: RunQuery): List<String> = store.ids(query).filter(::isOfFamily)

    override fun list(query: RunQuery): List<RunRecord> = ids(query).mapNotNull { store.find(it).orElse(null) }

    /** All are asked for, as those of the family may be the last. */
    override fun due(
        at: Long,
        limit: Int,
    ): List<String> = store.due(at, Int.MAX_VALUE).filter(::isOfFamily).take(limit)

    override fun unheard(): List<String> = store.unheard().filter(::isOfFamily)

    override fun pending(): List<PendingRun> = store.pending().filter { isOfFamily(it.id()) }

    /** What else may begin by then is left for an engine that takes up everything. */
    override fun admit(
        lease: Lease,
        admission: Admission,
    ): Admitted =
        store.admit(lease, admission).let { all ->
            Admitted(all.runs().filter { isOfFamily(it.id()) }, all.isMore, all.again())
        }

    override fun claim(
        lease: Lease,
        at: Long,
        limit: Int,
    ): List<String> = due(at, limit)

    override fun schedules(): List<ScheduleRecord> = emptyList()

    /** The runs of the family that have not ended. */
    fun open(): List<RunRecord> = list(RunQuery.unfinished())

    private fun isOfFamily(id: String): Boolean {
        if (id == ancestor) {
            return true
        }
        return known[id] ?: parentOf(id)?.let(::isOfFamily).also { if (it != null) known[id] = it } ?: false
    }

    private fun parentOf(id: String): String? = store.find(id).orElse(null)?.parent()
}

/**
 * Whether nothing of the run happens before [until], in milliseconds since 1970, unless somebody else does something.
 */
internal fun RunRecord.onlyWaits(until: Long): Boolean {
    val wake = wakeAt()
    val isStill = status() == RunStatus.PAUSED || status().isStopped
    return isStill || (status() == RunStatus.WAITING && (wake == null || wake > until))
}
