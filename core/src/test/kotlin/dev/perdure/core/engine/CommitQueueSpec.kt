package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Placement
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.definition
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit.SECONDS

/** What is committed beside what, where a store takes two commits at once. */
class CommitQueueSpec :
    FunSpec({
        timeout = 60_000

        fun CommitQueue.put(vararg writes: Write) =
            writes.forEach { add(PendingWrite(it, Acknowledged.of({}, {})), false).shouldBeNull() }

        /** The lane and the runs of what is committed now. */
        fun CommitQueue.begun() = poll()?.let { it.lane() to it.requests().map { one -> one.write().runId() } }

        fun CommitQueue.end(lane: Int) = committed(lane).let { told(lane, it) }

        fun keyed(id: String) = Write.StartRun(run(id).placed(Placement("", 0, null, null, "key")))

        val ofA =
            mapOf(
                "starts it" to Write.StartRun(run("a")),
                "adds to its journal" to append("a", row(1)),
                "starts a run for it" to Write.StartRun(run("child", parent = "a")),
                "wakes it" to append("child", update = finished(RunStatus.COMPLETED), wakes = "a"),
                "sends it a signal" to Write.Signal("a", signal(), 9),
            )
        val ofAny =
            mapOf(
                "starts a run with a dedup key" to keyed("b"),
                "imports a run" to Write.ImportRun(run("b"), emptyList(), emptyList()),
                "resets a run" to Write.Reset("b"),
                "purges a run" to Write.Purge("b"),
                "saves a definition" to Write.SaveDefinition(definition("d", 1)),
            )

        ofA.forEach { (first, under) ->
            ofA.forEach { (then, next) ->
                test("what $then waits for what $first") {
                    val queue = CommitQueue(2, true)
                    queue.put(under)
                    queue.begun()!!.first shouldBe 0
                    queue.put(next)
                    queue.begun().shouldBeNull()
                    queue.hasBatch() shouldBe false
                    queue.end(0)
                    queue.begun() shouldBe (0 to listOf(next.runId()))
                }
            }

            test("what is about other runs does not wait for what $first") {
                val queue = CommitQueue(2, true)
                queue.put(under)
                queue.begun()
                queue.put(append("other", row(1)))
                queue.hasBatch() shouldBe true
                queue.begun() shouldBe (1 to listOf("other"))
            }
        }

        ofAny.forEach { (what, write) ->
            test("what $what is committed by itself") {
                val queue = CommitQueue(2, true)
                queue.put(append("other", row(1)))
                queue.begun()
                queue.put(write)
                queue.begun().shouldBeNull()
                queue.end(0)
                queue.begun() shouldBe (0 to listOf(write.runId()))
                queue.put(append("another", row(1)))
                queue.begun().shouldBeNull()
            }
        }

        test("nothing overtakes what has to wait, and what came before that does not wait with it") {
            val queue = CommitQueue(2, true)
            queue.put(append("a", row(1)))
            queue.begun()
            queue.put(append("b", row(1)), append("a", row(2)), append("c", row(1)))
            queue.begun() shouldBe (1 to listOf("b"))
            queue.end(0)
            queue.begun() shouldBe (0 to listOf("a", "c"))
        }

        test("less than what is under way waits for more") {
            val queue = CommitQueue(2, true)
            queue.put(append("a", row(1)), append("b", row(1)))
            queue.begun() shouldBe (0 to listOf("a", "b"))
            queue.put(append("c", row(1)))
            queue.begun().shouldBeNull()
            queue.put(append("d", row(1)))
            queue.begun() shouldBe (1 to listOf("c", "d"))
            queue.put(append("e", row(1)))
            queue.end(0)
            queue.begun().shouldBeNull()
            queue.end(1)
            queue.begun() shouldBe (0 to listOf("e"))
        }

        test("with one lane, one batch follows the other") {
            val queue = CommitQueue(1, true)
            queue.put(append("a", row(1)))
            queue.begun()
            queue.put(append("b", row(1)))
            queue.begun().shouldBeNull()
            queue.end(0)
            queue.begun() shouldBe (0 to listOf("b"))
        }

        /** Has a thread do what it has to wait for, and returns it once it waits. */
        fun waiting(body: () -> Unit): Thread {
            val thread = Thread(body).apply { isDaemon = true }
            thread.start()
            while (thread.state != Thread.State.WAITING) {
                check(thread.isAlive) { "it did not wait" }
                Thread.onSpinWait()
            }
            return thread
        }

        /** Has a thread wait for the turn, which it does when this returns. */
        fun CommitQueue.awaitTurn(holder: TurnHolder): Pair<Thread, CompletableFuture<TurnHolder>> {
            val turn = CompletableFuture<TurnHolder>()
            val taker =
                waiting {
                    try {
                        takeTurn(holder)
                        turn.complete(holder)
                    } catch (stop: InterruptedException) {
                        turn.completeExceptionally(stop)
                    }
                }
            return taker to turn
        }

        test("nothing is begun before who waits for the turn has it, though more comes all the time") {
            val queue = CommitQueue(1, true)
            queue.put(append("a", row(1)))
            queue.begun()
            val holder = TurnHolder { }
            val (_, turn) = queue.awaitTurn(holder)
            queue.put(append("b", row(1)))
            val number = queue.committed(0)
            queue.hasBatch() shouldBe false
            queue.begun().shouldBeNull()
            queue.told(0, number)
            turn.get(10, SECONDS)
            queue.giveBack(holder)
            queue.begun() shouldBe (0 to listOf("b"))
        }

        test("what was not begun because somebody waited for the turn is when that one gives up") {
            val queue = CommitQueue(1, true)
            queue.put(append("a", row(1)))
            queue.begun()
            val (taker, turn) = queue.awaitTurn(TurnHolder { })
            queue.put(append("b", row(1)))
            val number = queue.committed(0)
            val next = CompletableFuture<CommitBatch?>()
            waiting { next.complete(queue.await()) }
            taker.interrupt()
            shouldThrow<ExecutionException> { turn.get(10, SECONDS) }
            next.get(10, SECONDS)!!.requests().map { it.write().runId() } shouldContainExactly listOf("b")
            queue.told(0, number)
        }

        mapOf<String, CommitQueue.() -> Unit>(
            "took nothing of it" to {},
            "could not commit it" to { putBack(takeWaiting()) },
        ).forEach { (what, end) ->
            test("what waited while somebody had the turn, who $what, goes before who has it next") {
                val queue = CommitQueue(1, false)
                val first = TurnHolder { }
                queue.takeTurn(first)
                queue.put(append("a", row(1)))
                val (_, turn) = queue.awaitTurn(TurnHolder { })
                queue.end()
                queue.giveBack(first)
                queue.begun() shouldBe (0 to listOf("a"))
                queue.put(append("b", row(1)))
                turn.isDone shouldBe false
                val number = queue.committed(0)
                queue.told(0, number)
                turn.get(10, SECONDS)
                queue.begun().shouldBeNull()
            }
        }

        test("what came after who has the turn took what there was is for who has it next") {
            val queue = CommitQueue(1, false)
            val first = TurnHolder { }
            queue.takeTurn(first)
            queue.put(append("a", row(1)))
            val (_, turn) = queue.awaitTurn(TurnHolder { })
            queue.takeWaiting()
            queue.put(append("b", row(1)))
            queue.giveBack(first)
            turn.get(10, SECONDS)
            queue.begun().shouldBeNull()
        }

        test("who waits for the turn gets it once both lanes are free") {
            val queue = CommitQueue(2, true)
            queue.put(append("a", row(1)))
            queue.begun()
            queue.put(append("b", row(1)))
            queue.begun()
            val holder = TurnHolder { }
            val (_, turn) = queue.awaitTurn(holder)
            queue.put(append("c", row(1)))
            queue.end(1)
            turn.isDone shouldBe false
            queue.hasBatch() shouldBe false
            queue.begun().shouldBeNull()
            queue.end(0)
            turn.get(10, SECONDS)
            queue.begun().shouldBeNull()
            queue.takeWaiting().map { it.write().runId() } shouldContainExactly listOf("c")
            queue.giveBack(holder)
        }
    })
