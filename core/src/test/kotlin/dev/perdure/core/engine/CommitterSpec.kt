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
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch

class CommitterSpec :
    FunSpec({
        test("what is given up when a committer closes takes all with it that was submitted later") {
            val memory = MemoryStore()
            val store = OutOfReach(memory, "first")
            val committer = Committer(store, store.acquire(engine("e")), NoTroubles)
            val refused = ConcurrentLinkedQueue<String>()
            committer.start()
            for (id in listOf("first", "second")) {
                committer.submit(Write.StartRun(run(id)), Acknowledged.of({}, { refused.add(id) }))
                store.tried.passed()
            }
            committer.close()
            refused shouldContainExactly listOf("first", "second")
            memory.find("second").isEmpty shouldBe true
        }
    })

/** Cannot be reached for whatever is about one run. */
private class OutOfReach(
    private val store: MemoryStore,
    private val runId: String,
) : Store by store {
    val tried = CountDownLatch(1)

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        if (batch.any { it.runId() == runId }) {
            tried.countDown()
            throw StoreException(ErrorCode.STORE_UNAVAILABLE, "the disk is full", true, null)
        }
        return store.commit(lease, batch)
    }
}

private object NoTroubles : Troubles {
    override fun unavailable(why: StoreException) = Unit

    override fun recovered() = Unit

    override fun failedForGood(why: PerdureException) = Unit
}
