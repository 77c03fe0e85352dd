package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreRecords
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import dev.perdure.core.testing.VirtualClock
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.time.Duration
import java.util.OptionalLong
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** Holds up the start of a run, and tells when the engine asked for what is due after that. */
private class HeldStartStore(
    private val store: Store,
) : Store by store {
    val isHeld = CountDownLatch(1)
    val letGo = CountDownLatch(1)
    val isAskedWhileHeld = CountDownLatch(1)

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        if (batch.any { it is Write.StartRun }) {
            isHeld.countDown()
            letGo.passed()
        }
        return store.commit(lease, batch)
    }

    /** The engine asks this once it has taken up what is due. */
    override fun nextWake(after: Long): OptionalLong {
        if (isHeld.count == 0L) isAskedWhileHeld.countDown()
        return store.nextWake(after)
    }
}

class WakeSpec :
    FunSpec({
        test("a timer that comes due while the same run is started once more is not lost") {
            val clock = VirtualClock()
            val kept = MemoryStore()
            val store = HeldStartStore(kept)
            val workflow =
                JavaAuthoring.flow {
                    sleep("wait", Duration.ofDays(2))
                    does("end")
                }
            kept.engine(workflow) { clock(clock) }.use { engine ->
                val run = engine.start("case", "r", null)
                clock.awaitTimer(Duration.ofDays(2))
                run.status() shouldBe RunStatus.WAITING
            }
            // Another engine leaves the run in the store until it is due.
            store.engine(workflow) { clock(clock) }.use { engine ->
                val again = engine.startAsync("case", "r", null)
                store.isHeld.passed()
                clock.advance(Duration.ofDays(2))
                store.isAskedWhileHeld.passed()
                store.letGo.countDown()
                again.get(10, TimeUnit.SECONDS).output() shouldBe "end"
            }
        }

        test("who asks for the end of a run that has ended, while the same run is started once more, is told") {
            val kept = MemoryStore()
            val workflow = flow("case") { does("end") }
            kept.engine(workflow).use { it.start("case", "r", null).endsCompleted() }
            val store = HeldStartStore(kept)
            store.engine(workflow).use { engine ->
                val again = engine.startAsync("case", "r", null)
                store.isHeld.passed()
                val outcome = engine.find("r").get().outcome()
                store.letGo.countDown()
                outcome.get(10, TimeUnit.SECONDS).status() shouldBe RunStatus.COMPLETED
                again.get(10, TimeUnit.SECONDS).endsCompleted()
            }
        }

        test("a signal is heard by the next engine when its own died before it told the waiting run") {
            val store = MemoryStore()
            val told = Suspensions()
            val workflow =
                JavaAuthoring.flow {
                    val got = awaitSignal("go")
                    step("end") { read(got) }
                }
            store.engine(workflow) { listener(told) }.use { engine ->
                engine.start("case", "r", null)
                told.await("go")
            }
            val dead = store.acquire(StoreRecords.engine("dead"))
            store.commit(dead, listOf(Write.Signal("r", StoreRecords.signal("go", "42"), 1)))
            store.commit(dead, listOf(StoreRecords.append("r", update = StoreRecords.parked(null))))
            store.engine(workflow).use { it.find("r").get().output() shouldBe 42L }
        }
    })
