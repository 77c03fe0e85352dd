package dev.perdure.samples.cli

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import java.time.Clock
import java.time.Instant
import java.time.ZoneOffset
import java.util.Optional
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

class FollowerSpec :
    FunSpec({
        val now = Instant.ofEpochMilli(1_000_000)
        val store = MemoryStore()
        val lease = store.acquire(EngineIdentity.ofThisProcess())
        val names = AtomicInteger()

        fun started(parent: String? = null): String {
            val id = "r${names.incrementAndGet()}"
            val run =
                RunRecord(
                    id,
                    1,
                    "w",
                    1,
                    "f",
                    RunStatus.RUNNING,
                    "null",
                    null,
                    null,
                    null,
                    0,
                    1,
                    1,
                    null,
                    null,
                    parent,
                    null,
                )
            store.commit(lease, listOf(Write.StartRun(run)))
            return id
        }

        fun becomes(
            id: String,
            status: RunStatus,
            wake: Long? = null,
        ) = store.commit(lease, listOf(Write.Append.of(id, RunUpdate(status, null, null, null, 0, 2, null, wake))))

        fun suspended(id: String) = EngineEvent.RunSuspended(id, "w", null, now)

        fun follower(
            id: String,
            of: Store = store,
            patience: Duration = Duration.ZERO,
        ) = Follower(id, FamilyStore(of, id), patience, Clock.fixed(now, ZoneOffset.UTC))

        test("what is told of a run that came to wait while it was looked at is that it waits") {
            val id = started()
            val looks = AtomicInteger()
            val turning =
                object : Store by store {
                    override fun find(runId: String): Optional<RunRecord> =
                        store.find(runId).also { if (looks.incrementAndGet() == 1) becomes(id, RunStatus.WAITING) }
                }
            follower(id, turning).apply { onEvent(suspended(id)) }.follow().status() shouldBe RunStatus.WAITING
        }

        test("a run is not idle while one that it calls is at work, or is due") {
            val id = started()
            val child = started(parent = id)
            becomes(id, RunStatus.WAITING)
            val follower = follower(id)
            val busy = listOf(RunStatus.RUNNING to null, RunStatus.WAITING to 0L, RunStatus.WAITING to 1_000_000L)
            busy.forEach { (status, wake) ->
                becomes(child, status, wake)
                follower.onEvent(suspended(child))
            }
            becomes(child, RunStatus.WAITING, 1_000_001)
            follower.follow().id() shouldBe id
        }

        test("a wait that ends within the patience is waited for") {
            val id = started()
            becomes(id, RunStatus.WAITING, 1_002_000)
            follower(id, patience = 1.seconds).follow().status() shouldBe RunStatus.WAITING
            val patient = follower(id, patience = 2.seconds)
            patient.onEvent(EngineEvent.RunEnded(id, "w", RunStatus.COMPLETED, null, now))
            becomes(id, RunStatus.COMPLETED)
            patient.follow().status() shouldBe RunStatus.COMPLETED
        }

        test("a run that waits for one that stopped, or is paused, only waits") {
            val id = started()
            val child = started(parent = id)
            becomes(id, RunStatus.WAITING)
            for (still in listOf(RunStatus.BLOCKED, RunStatus.INCOMPATIBLE, RunStatus.PAUSED)) {
                becomes(child, still)
                follower(id).follow().id() shouldBe id
            }
        }

        test("a run of the family whose workflow is not known, or an engine that stops, ends the following") {
            val id = started()
            val unresolved = follower(id).apply { onEvent(EngineEvent.RunUnresolved(id, "w", 1, now)) }
            shouldThrow<PerdureException> { unresolved.follow() }.code() shouldBe ErrorCode.UNKNOWN_WORKFLOW
            val stopped = follower(id).apply { onEvent(EngineEvent.EngineStopped("", "lost", now)) }
            shouldThrow<PerdureException> { stopped.follow() }.code() shouldBe ErrorCode.OWNERSHIP_LOST
        }

        test("an engine on a family's store sees the family only") {
            val id = started()
            val other = started()
            val grandchild = started(parent = started(parent = id))
            becomes(grandchild, RunStatus.WAITING, 5)
            becomes(other, RunStatus.WAITING, 4)
            val family = FamilyStore(store, id)
            family.due(10, 1) shouldContainExactly listOf(grandchild)
            family.claim(lease, 10, 9) shouldContainExactly listOf(grandchild)
            for (told in listOf(other, grandchild)) {
                store.commit(lease, listOf(Write.Signal(told, SignalRecord(0, "go", "null", null, 1), 9)))
            }
            family.unheard() shouldContainExactly listOf(grandchild)
            val parent = store.find(grandchild).get().parent()
            family.open().map { it.id() } shouldContainExactlyInAnyOrder listOf(id, parent, grandchild)
        }
    })
