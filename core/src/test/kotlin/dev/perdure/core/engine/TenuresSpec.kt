package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executor
import java.util.concurrent.RejectedExecutionException

/** A store that engines share, whose next leases cannot be had [unavailable] times. */
private class Leasing(
    private val store: MemoryStore,
    private val isShared: Boolean,
    var unavailable: Int = 0,
) : Store by store {
    val released = ConcurrentLinkedQueue<Lease>()

    override fun isShared() = isShared

    override fun acquire(engine: EngineIdentity): Lease {
        if (unavailable-- > 0) throw StoreException(ErrorCode.STORE_UNAVAILABLE, "the line is dead", true, null)
        return store.acquire(engine)
    }

    override fun release(lease: Lease) {
        released += lease
        store.release(lease)
    }
}

/** An engine's right to own runs, with everything done on the test's own thread. */
private class Office(
    isShared: Boolean = true,
) : Tenures.Holder {
    val store = Leasing(MemoryStore(), isShared)
    val clock = VirtualClock()
    val heard = mutableListOf<String>()
    var isClosing = false
    private val pool =
        Executor {
            if (isClosing) throw RejectedExecutionException()
            it.run()
        }
    val tenures = Tenures(Tenures.Member(store, engine("e"), clock, pool), store.acquire(engine("e")), this)

    init {
        tenures.current().committer().start()
    }

    override fun unavailable(why: StoreException) = Unit

    override fun recovered() = Unit

    override fun failedForGood(why: PerdureException) {
        heard += "failed for good"
    }

    override fun lost(why: PerdureException) {
        heard += "lost"
    }

    override fun regained() {
        heard += "regained"
    }

    fun loss() = StoreException.fenced("the store", tenures.current().lease())

    fun close() = tenures.current().committer().close()
}

private fun code(future: CompletableFuture<*>) = future.refusal().code()

/** How an engine loses its right to own runs, and gets it back. */
class TenuresSpec :
    FunSpec({
        test("a lost lease is followed by another, however often it is met, and a loss of the former one is no news") {
            val office = Office()
            val first = office.tenures.current()
            office.tenures.lost(first.committer(), office.loss())
            office.tenures.lost(first.committer(), office.loss())
            val second = office.tenures.current()
            (second.lease().epoch() > first.lease().epoch()) shouldBe true
            office.heard shouldContainExactly listOf("lost", "regained")
            office.close()
        }

        test("a lease that cannot be had is asked for again, and who waits for it goes on then") {
            val office = Office()
            office.store.unavailable = 2
            var calls = 0
            val called =
                office.tenures.again {
                    calls++
                    if (calls ==
                        1
                    ) {
                        CompletableFuture.failedFuture(office.loss())
                    } else {
                        CompletableFuture.completedFuture("done")
                    }
                }
            repeat(2) {
                called.isDone shouldBe false
                office.clock.advance(Duration.ofMillis(500))
            }
            called.get() shouldBe "done"
            calls shouldBe 2
            office.heard shouldContainExactly listOf("lost", "regained")
            office.close()
        }

        test(
            "a call that fails for another reason fails with that, and where the store has one owner, a loss is final",
        ) {
            val office = Office()
            val taken = PerdureException(ErrorCode.RUN_CONFLICT, "taken")
            code(office.tenures.again { CompletableFuture.failedFuture<Any>(taken) }) shouldBe ErrorCode.RUN_CONFLICT
            val odd = office.tenures.again { CompletableFuture.failedFuture<Any>(IllegalStateException("odd")) }
            shouldThrow<ExecutionException> { odd.get() }.cause!!.message shouldBe "odd"
            office.close()

            val alone = Office(isShared = false)
            code(alone.tenures.again { CompletableFuture.failedFuture<Any>(alone.loss()) }) shouldBe
                ErrorCode.OWNERSHIP_LOST
            alone.tenures.lossIn(alone.loss()) shouldBe null
            listOf(office.heard, alone.heard).flatten() shouldBe emptyList()
            alone.close()
        }

        test("a call that meets a loss which others have made good goes on at once") {
            val office = Office()
            val first = office.tenures.current()
            var calls = 0
            val called =
                office.tenures.again {
                    calls++
                    if (calls > 1) {
                        CompletableFuture.completedFuture("done")
                    } else {
                        val loss = office.loss()
                        office.tenures.lost(first.committer(), loss)
                        CompletableFuture.failedFuture(loss)
                    }
                }
            called.get() shouldBe "done"
            office.heard shouldContainExactly listOf("lost", "regained")
            office.close()
        }

        test("an engine that ends gives a lease back that it gets too late, and fails who waits for one") {
            val office = Office()
            office.store.unavailable = 1
            val called = office.tenures.again { CompletableFuture.failedFuture<Any>(office.loss()) }
            office.tenures.end(PerdureException(ErrorCode.ENGINE_CLOSED, "closed"))
            code(called) shouldBe ErrorCode.ENGINE_CLOSED
            office.clock.advance(Duration.ofMillis(500))
            office.store.released.size shouldBe 1
            code(office.tenures.again { CompletableFuture.failedFuture<Any>(office.loss()) }) shouldBe
                ErrorCode.ENGINE_CLOSED
            office.heard shouldContainExactly listOf("lost")
        }

        test("an engine whose pool has ended asks for no lease any more") {
            val office = Office()
            office.isClosing = true
            office.tenures.lost(office.tenures.current().committer(), office.loss())
            office.heard shouldContainExactly listOf("lost")
            office.close()
        }

        test("an engine that has ended hears of no loss") {
            val office = Office()
            office.tenures.end(PerdureException(ErrorCode.ENGINE_CLOSED, "closed"))
            office.tenures.lost(office.tenures.current().committer(), office.loss())
            office.heard shouldBe emptyList()
            office.close()
        }
    })
