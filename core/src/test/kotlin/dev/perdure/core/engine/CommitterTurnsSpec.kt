package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** A store whose commits do what [before] says first. */
private class Scripted(
    private val store: MemoryStore,
    private val isShared: Boolean = false,
    private val before: () -> Unit,
) : Store by store {
    override fun isShared() = isShared

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        before()
        return store.commit(lease, batch)
    }
}

/** What a committer told of its troubles. */
internal class Met : Troubles {
    val forGood = CompletableFuture<PerdureException>()

    override fun unavailable(why: StoreException) = Unit

    override fun recovered() = Unit

    override fun failedForGood(why: PerdureException) {
        forGood.complete(why)
    }
}

private fun start(id: String) = Write.StartRun(run(id))

/** Runs on a thread of its own. */
private fun <T> beside(work: () -> T): CompletableFuture<T> {
    val result = CompletableFuture<T>()
    Thread {
        try {
            result.complete(work())
        } catch (
            @Suppress("TooGenericExceptionCaught") thrown: Throwable,
        ) {
            result.completeExceptionally(thrown)
        }
    }.apply { isDaemon = true }.start()
    return result
}

/** Whose turn it is to commit, and what ends a committer. */
class CommitterTurnsSpec :
    FunSpec({
        timeout = 60_000

        fun committer(
            troubles: Troubles = Met(),
            memory: MemoryStore = MemoryStore(),
            isShared: Boolean = false,
            before: () -> Unit = {},
        ) = Scripted(memory, isShared, before).let { Committer(it, it.acquire(engine("e")), troubles) }

        test("who waits for the turn gets it when it is given back, and nobody commits meanwhile") {
            val memory = MemoryStore()
            val committer = committer(memory = memory).apply { start() }
            val first = TurnHolder { }
            val second = TurnHolder { }
            committer.takeTurn(first)
            committer.prepare(start("r"), Acknowledged.of({}, { }))
            committer.work()
            committer.giveBack(second)
            val next = beside { committer.takeTurn(second) }
            memory.find("r").isEmpty shouldBe true
            committer.giveBack(first)
            next.get(10, TimeUnit.SECONDS)
            committer.giveBack(second)
            committer.close()
            memory.find("r").isPresent shouldBe true
        }

        test("of a store that engines share, the next batch is committed while one is told of, and told of after it") {
            val memory = MemoryStore()
            val areBegun = CountDownLatch(2)
            val isTelling = CountDownLatch(1)
            val mayTell = CountDownLatch(1)
            val told = ConcurrentLinkedQueue<String>()
            val committer = committer(memory = memory, isShared = true) { areBegun.countDown() }
            committer.prepare(
                start("a"),
                Acknowledged.of({
                    isTelling.countDown()
                    mayTell.passed()
                    told.add("a")
                }, { }),
            )
            val first = beside { committer.work() }
            isTelling.passed()
            committer.prepare(start("b"), Acknowledged.of({ told.add("b") }, { }))
            val second = beside { committer.work() }
            areBegun.passed()
            val taking = TurnHolder { }
            val turn =
                beside {
                    committer.takeTurn(taking)
                    told.toList()
                }
            told shouldContainExactly emptyList()
            mayTell.countDown()
            turn.get(10, TimeUnit.SECONDS) shouldContainExactly listOf("a", "b")
            listOf(first, second).forEach { it.get(10, TimeUnit.SECONDS) }
            memory.find("b").isPresent shouldBe true
            committer.giveBack(taking)
            committer.start()
            committer.close()
        }

        test("what is refused as a committer fails is refused after those have been told whose writes are durable") {
            val isTelling = CountDownLatch(1)
            val mayTell = CountDownLatch(1)
            val isTried = CountDownLatch(2)
            val heard = ConcurrentLinkedQueue<String>()
            val met = Met()
            val committer =
                committer(met, isShared = true) {
                    isTried.countDown()
                    check(isTried.count > 0) { "it breaks" }
                }
            committer.prepare(
                start("a"),
                Acknowledged.of({
                    isTelling.countDown()
                    mayTell.passed()
                    heard.add("a")
                }, { }),
            )
            val first = beside { committer.work() }
            isTelling.passed()
            committer.start()
            committer.submit(start("b"), Acknowledged.of({}, { heard.add("b is refused") }))
            isTried.passed()
            heard shouldContainExactly emptyList()
            mayTell.countDown()
            met.forGood.get(10, TimeUnit.SECONDS)
            first.get(10, TimeUnit.SECONDS)
            heard shouldContainExactly listOf("a", "b is refused")
            committer.close()
        }

        test(
            "a batch that fails after its committer came to its end is refused, though nobody is left to try it again",
        ) {
            val calls = AtomicInteger()
            val isTelling = CountDownLatch(1)
            val mayBreak = CountDownLatch(1)
            val isTrying = CountDownLatch(1)
            val mayFail = CountDownLatch(1)
            val refused = ConcurrentLinkedQueue<String>()
            val met = Met()
            val committer =
                committer(met, isShared = true) {
                    if (calls.incrementAndGet() == 2) {
                        isTrying.countDown()
                        mayFail.passed()
                        error("the second one fails")
                    }
                }
            committer.start()
            committer.submit(
                start("a"),
                Acknowledged.of({
                    isTelling.countDown()
                    mayBreak.passed()
                    error("who is told breaks")
                }, { }),
            )
            isTelling.passed()
            committer.prepare(start("b"), Acknowledged.of({}, { refused.add("b") }))
            val second = beside { committer.work() }
            isTrying.passed()
            mayBreak.countDown()
            met.forGood.get(10, TimeUnit.SECONDS)
            mayFail.countDown()
            second.get(10, TimeUnit.SECONDS)
            refused shouldContainExactly listOf("b")
            committer.close()
        }

        test("a committer that closes tells who has the turn, and refuses who waits for it") {
            val committer = committer().apply { start() }
            val evicted = CountDownLatch(1)
            val holder =
                object : TurnHolder {
                    override fun evict() {
                        evicted.countDown()
                        committer.giveBack(this)
                    }
                }
            committer.takeTurn(holder)
            val waiting = beside { committer.takeTurn { } }
            committer.close()
            evicted.passed()
            waiting.refusal().code() shouldBe ErrorCode.ENGINE_CLOSED
            shouldThrow<PerdureException> { committer.takeTurn { } }.code() shouldBe ErrorCode.ENGINE_CLOSED
            committer.pause(60_000) shouldBe false
        }

        test("what was taken and put back is committed before what came later, in its order") {
            val memory = MemoryStore()
            val committer = committer(memory = memory)
            val told = ConcurrentLinkedQueue<String>()
            val holder = TurnHolder { }
            committer.takeTurn(holder)
            for (id in listOf("a", "b", "c")) {
                committer.prepare(start(id), Acknowledged.of({ told.add(id) }, { }))
                if (id == "b") committer.putBack(committer.takeWaiting())
            }
            committer.giveBack(holder)
            committer.work()
            told shouldContainExactly listOf("a", "b", "c")
            committer.start()
            committer.close()
        }

        listOf(OutOfMemoryError("full") to "java.lang.OutOfMemoryError", IllegalStateException("odd") to "IllegalState")
            .forEach { (thrown, name) ->
                test(
                    "a commit that breaks with ${thrown.javaClass.simpleName} is the committer's end, and refuses all",
                ) {
                    val met = Met()
                    val refused = ConcurrentLinkedQueue<ErrorCode>()
                    val committer = committer(met) { throw thrown }
                    committer.prepare(start("a"), Acknowledged.of({}, { refused.add(it.code()) }))
                    committer.work()
                    committer.start()
                    val why = met.forGood.get(10, TimeUnit.SECONDS)
                    why.code() shouldBe ErrorCode.INTERNAL
                    why.message shouldContain name
                    committer.submit(start("b"), Acknowledged.of({}, { refused.add(it.code()) }))
                    refused shouldContainExactly listOf(ErrorCode.INTERNAL, ErrorCode.INTERNAL)
                    beside { committer.takeTurn { } }.refusal() shouldBe why
                    committer.close()
                }
            }

        test("who hears of a commit may close the committer: it does not wait for itself") {
            val memory = MemoryStore()
            val committer = committer(memory = memory)
            val isClosed = CountDownLatch(1)
            committer.start()
            committer.submit(
                start("a"),
                Acknowledged.of({
                    committer.close()
                    isClosed.countDown()
                }, { }),
            )
            isClosed.passed()
            memory.find("a").isPresent shouldBe true
        }

        test("a thread that is interrupted while it closes a committer waits all the same, and stays interrupted") {
            val gate = CountDownLatch(1)
            val isCommitting = CountDownLatch(1)
            val memory = MemoryStore()
            val committer =
                committer(memory = memory) {
                    isCommitting.countDown()
                    gate.await()
                }
            committer.start()
            committer.submit(start("a"), Acknowledged.of({}, { }))
            isCommitting.passed()
            val closing =
                beside {
                    Thread.currentThread().interrupt()
                    gate.countDown()
                    committer.close()
                    Thread.currentThread().isInterrupted
                }
            closing.get(10, TimeUnit.SECONDS) shouldBe true
            memory.find("a").isPresent shouldBe true
        }

        test("of very many that wait, a thousand are committed at once") {
            val batches = AtomicInteger()
            val committer = committer { batches.incrementAndGet() }
            val told = ConcurrentLinkedQueue<String>()
            val ids = (0..1_000).map { "r$it" }
            ids.forEach { committer.prepare(start(it), Acknowledged.of({ told.add(it) }, { })) }
            committer.work()
            listOf(batches.get(), told.size) shouldContainExactly listOf(1, 1_000)
            committer.start()
            committer.close()
            batches.get() shouldBe 2
            told shouldContainExactly ids
        }
    })
