package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.util.concurrent.CompletableFuture

/** Who has a place, and who waits for one, without a run that is in memory. */
class RunTableSpec :
    FunSpec({
        val why = PerdureException(ErrorCode.ENGINE_CLOSED, "closed")

        test("a start takes a place while there is one and nobody waits") {
            val table = RunTable(2)
            table.place("a").isGiven() shouldBe true
            table.place("a").isGiven() shouldBe false
            table.room() shouldBe 1
            table.enqueue(listOf("b"))
            table.place("c").isGiven() shouldBe false
            table.admit() shouldContainExactly listOf("b")
            table.place("c").isGiven() shouldBe false
            table.room() shouldBe 0
        }

        test("places that are kept for runs that are being claimed are given to these, and to no start meanwhile") {
            val table = RunTable(3)
            table.place("a")
            table.keep(1) shouldBe 1
            table.place("b").isGiven() shouldBe true
            val asked = table.place("c")
            asked.isDone shouldBe false
            table.keep(1) shouldBe 0
            table.enqueueClaimed(listOf("claimed"))
            table.admit() shouldContainExactly listOf("claimed")
            table.giveUp(1)
            asked.isGiven() shouldBe false
            table.room() shouldBe 0
        }

        test(
            "the places that a claim leaves go to the starts that asked meanwhile, and those ask for no more than it may leave",
        ) {
            val table = RunTable(2)
            table.keep(5) shouldBe 2
            val asked = listOf("a", "b").map { table.place(it) }
            table.place("c").isGiven() shouldBe false
            asked.none { it.isDone } shouldBe true
            table.giveUp(2)
            asked.all { it.isGiven() } shouldBe true
            table.room() shouldBe 0
        }

        test("a start that asked for a place during a claim gets one once, however often it asked") {
            val table = RunTable(2)
            table.keep(2) shouldBe 2
            val asked = listOf("a", "a").map { table.place(it) }
            table.giveUp(2)
            asked.map { it.isGiven() } shouldContainExactly listOf(true, false)
            table.room() shouldBe 1
        }

        test("a run that becomes due while its start holds a place waits for one when that gives it up") {
            val table = RunTable(1)
            table.place("a")
            table.enqueue(listOf("a"))
            table.isLive("a") shouldBe true
            table.arrived("a", null)
            table.isLive("a") shouldBe true
            table.admit() shouldContainExactly listOf("a")
        }

        test("it does not where it is not registered here, or nothing is taken up any more") {
            val unknown = RunTable(1)
            unknown.place("a")
            unknown.enqueue(listOf("a"))
            unknown.unresolved("a")
            unknown.arrived("a", null)
            unknown.isLive("a") shouldBe false
            unknown.enqueue(listOf("a"))
            unknown.admit().shouldBeEmpty()

            val closing = RunTable(1)
            closing.place("a")
            closing.enqueue(listOf("a"))
            closing.shut(why)
            closing.arrived("a", null)
            closing.enqueue(listOf("a", "b"))
            closing.admit().shouldBeEmpty()
            closing.isLive("a") shouldBe false
            closing.shut(PerdureException(ErrorCode.OWNERSHIP_LOST, "later"))
            closing.closed() shouldBe why
        }

        test(
            "a run that is asked something is loaded once, from wherever it is, unless it has ended or the engine closes",
        ) {
            val table = RunTable(1)
            table.place("full")
            table.enqueue(listOf("waits"))
            table.fetch("waits", false).isToLoad shouldBe true
            table.fetch("waits", true).isToLoad shouldBe false
            table.fetch("stored", true).isToLoad shouldBe true
            table.fetch("nowhere", false).isToLoad shouldBe false
            table.shut(why)
            table.fetch("other", true).isToLoad shouldBe false
            table.placeRetried("other") shouldBe false
        }

        test("a run that waits for a place has one when it is retried, and then or withdrawn waits no more") {
            val table = RunTable(1)
            table.placeRetried("a") shouldBe true
            table.placeRetried("a") shouldBe false
            table.enqueue(listOf("b", "c"))
            table.placeRetried("b") shouldBe true
            table.withdraw("c").future().get() shouldBe null
            listOf("a", "b").forEach { table.arrived(it, null) }
            table.admit().shouldBeEmpty()
        }

        test("a run that becomes due while it is in memory comes back once it has left, unless the engine closes") {
            val driver = Drivers.fresh("a")

            fun inMemory() =
                RunTable(1).apply {
                    place("a")
                    arrived("a", driver)
                }

            val quiet = inMemory()
            repeat(2) {
                quiet.leave(driver)
                quiet.isLive("a") shouldBe false
            }
            val wanted = inMemory()
            wanted.enqueueClaimed(listOf("a"))
            wanted.leave(driver)
            wanted.admit() shouldContainExactly listOf("a")
            val closing = inMemory()
            closing.enqueueClaimed(listOf("a"))
            closing.shut(why)
            closing.leave(driver)
            closing.isLive("a") shouldBe false
        }
    })

private fun CompletableFuture<Boolean>.isGiven(): Boolean = getNow(null)
