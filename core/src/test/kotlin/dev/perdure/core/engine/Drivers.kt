package dev.perdure.core.engine

import dev.perdure.core.journal.RunRecord
import dev.perdure.core.machine.Action
import dev.perdure.core.machine.Values
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.StoreRecords
import java.time.Instant

/** Drivers of runs that nothing happens to. */
internal object Drivers {
    val IDS = listOf("r0", "r1", "r2")
    val all: List<RunDriver> by lazy { IDS.map(::fresh) }

    private val workflow = HandMade.workflow(null, HandMade.step("only") { null })
    private val services: Services by lazy {
        val store = MemoryStore()
        val time = SystemTimekeeper()
        val member = Tenures.Member(store, StoreRecords.engine("e"), time) { }
        val tenures = Tenures(member, store.acquire(member.identity()), LeaseHolder(Listeners(emptyList()), time))
        Services(
            store,
            tenures,
            null,
            time,
            { },
            { },
            Listeners(emptyList()),
            listOf(RandomFlows.noScopes),
            EngineSettings.DEFAULT,
            DeclaredQueues(emptyMap(), true),
        )
    }

    fun fresh(id: String) = RunDriver(services, Replay.fresh(StoreRecords.run(id), workflow), Nobody)

    val noValues: Values by lazy { Replay.fresh(StoreRecords.run("r"), workflow).machine().values() }

    private object Nobody : RunHost {
        override fun ended(
            driver: RunDriver,
            run: RunRecord,
        ) = Unit

        override fun refused(driver: RunDriver) = Unit

        override fun suspended(
            driver: RunDriver,
            wake: Instant?,
        ) = Unit

        override fun attend(
            driver: RunDriver,
            parent: RunRecord,
            action: Action.AttendChild,
        ) = Unit

        override fun cancelChild(
            driver: RunDriver,
            parent: RunRecord,
            action: Action.CancelChild,
        ) = Unit
    }
}
