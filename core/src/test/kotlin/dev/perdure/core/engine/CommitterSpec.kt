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
import java.util.Optional
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CopyOnWriteArrayList
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

        test("who is told that the store is out of reach may ask again at once: the store is asked again") {
            val memory = MemoryStore()
            val store = OutOfReach(memory, "first")
            val isCommitted = CountDownLatch(1)
            val refused = ConcurrentLinkedQueue<String>()
            Committer(store, store.acquire(engine("e")), NoTroubles).use { committer ->
                fun submit(
                    id: String,
                    whenRefused: () -> Unit,
                ) = committer.submit(
                    Write.StartRun(run(id)),
                    Impatient(isCommitted::countDown) {
                        refused.add(id)
                        whenRefused()
                    },
                )
                committer.start()
                submit("first") { submit("second", isCommitted::countDown) }
                isCommitted.passed()
            }
            refused shouldContainExactly listOf("first")
            memory.find("second").isPresent shouldBe true
        }

        test(
            "what is recorded of a commit that failed is not committed again; what is not, is, and what came later too",
        ) {
            val store = InDoubt(MemoryStore())
            val committer = Committer(store, store.acquire(engine("e")), NoTroubles)
            val told = CountDownLatch(3)

            fun submit(id: String) =
                committer.submit(Write.StartRun(run(id)), Acknowledged.of({ told.countDown() }, {}))
            committer.start()
            store.isRecorded = true
            submit("first")
            store.asked.passed()
            store.isRecorded = false
            store.answers.countDown()
            submit("second")
            submit("third")
            told.passed()
            committer.close()
            store.commits.first() shouldBe listOf("first")
            store.commits
                .drop(1)
                .flatten()
                .toSet() shouldBe setOf("second", "third")
            store.find("second").isPresent shouldBe true
        }
    })

private class Impatient(
    private val recorded: () -> Unit,
    private val refused: () -> Unit,
) : Acknowledged by Acknowledged.of({ recorded() }, { refused() }) {
    override fun isImpatient() = true
}

/** Its first two commits fail, after they are recorded where [isRecorded] says so; what came of the first is not known at once. */
private class InDoubt(
    private val store: MemoryStore,
) : Store by store {
    val commits = CopyOnWriteArrayList<List<String>>()
    val asked = CountDownLatch(1)
    val answers = CountDownLatch(1)

    @Volatile
    var isRecorded = false
    private var isFirst = true
    private var results: List<WriteResult>? = null

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        commits += batch.map { it.runId() }
        results = if (commits.size > 2 || isRecorded) store.commit(lease, batch) else null
        return results.takeIf { commits.size > 2 } ?: throw lost()
    }

    override fun outcome(lease: Lease): Optional<List<WriteResult>> {
        asked.countDown()
        if (isFirst) {
            isFirst = false
            throw lost()
        }
        answers.passed()
        return Optional.ofNullable(results)
    }

    private fun lost() = StoreException(ErrorCode.STORE_UNAVAILABLE, "the line is dead", true, null)
}

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
