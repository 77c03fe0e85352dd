package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.Optional
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit

/** Who waits for the end of a run hears of an end that was while they waited, and of no other. */
class OutcomesSpec :
    FunSpec({
        timeout = 60_000
        val workflow = flow("case") { does("only") }
        val running = Image.begun(workflow, "null")

        fun <T> CompletableFuture<T>.soon(): T = get(10, TimeUnit.SECONDS)

        test(
            "an end that was looked up before somebody waited is not told to them, as the run may be tried again by then",
        ) {
            val ended = MemoryStore()
            ended.engine(workflow).use { it.start("case", "r", null).output() shouldBe "only" }
            val isRead = CountDownLatch(1)
            val gate = CountDownLatch(1)
            val store =
                object : Store by ended {
                    override fun find(runId: String): Optional<RunRecord> =
                        ended.find(runId).also {
                            isRead.countDown()
                            gate.passed()
                        }
                }
            val outcomes = Outcomes(store)
            val before = outcomes.of("r")
            val looked = CompletableFuture.supplyAsync { outcomes.look("r") == null }
            isRead.passed()
            val after = outcomes.of("r")
            gate.countDown()
            looked.soon() shouldBe true
            before.soon().status() shouldBe RunStatus.COMPLETED
            after.isDone shouldBe false
            outcomes.look("r") shouldBe null
            after.soon().status() shouldBe RunStatus.COMPLETED
            outcomes.awaited().shouldBeEmpty()
        }

        test("who looks is given the run that is still to end, if somebody waits for that") {
            val outcomes = Outcomes(running.toStore())
            outcomes.look("r") shouldBe null
            val outcome = outcomes.of("r")
            outcomes.look("r")?.id() shouldBe "r"
            outcome.isDone shouldBe false
        }

        test("one who gives up waiting leaves the others, and nothing behind") {
            val outcomes = Outcomes(running.toStore())
            val (one, other) = List(2) { outcomes.of("r") }
            one.cancel(false)
            outcomes.waiters("r").tell(running.record)
            other.soon().id() shouldBe "r"
            outcomes.awaited().shouldBeEmpty()
        }

        test("a run that there is not, and a store that cannot be read, are told") {
            val outcomes = Outcomes(MemoryStore())
            val outcome = outcomes.of("gone")
            outcomes.look("gone") shouldBe null
            shouldThrow<ExecutionException> { outcome.soon() }.cause?.message shouldContain "gone"

            val unavailable = StoreException(ErrorCode.STORE_UNAVAILABLE, "no line", true, null)
            val unreadable =
                Outcomes(
                    object : Store by MemoryStore() {
                        override fun find(runId: String): Optional<RunRecord> = throw unavailable
                    },
                )
            val unread = unreadable.of("r")
            unreadable.look("r") shouldBe null
            shouldThrow<ExecutionException> { unread.soon() }.cause?.message shouldContain "no line"
        }
    })
