package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.util.concurrent.atomic.AtomicInteger

/** What is left of an engine that could not be opened, or could not be closed as it should. */
class UnopenedEngineSpec :
    FunSpec({
        val workflow = flow("some") { does("work") }

        fun engineThreads() =
            Thread
                .getAllStackTraces()
                .keys
                .filter { it.name.startsWith("perdure") }
                .toSet()

        fun requireNoneLeft(before: Set<Thread>) =
            (engineThreads() - before).onEach { it.join(10_000) }.filter { it.isAlive }.shouldBeEmpty()

        test("an engine that cannot be opened leaves no thread and no lease behind, wherever its store failed") {
            val memory = MemoryStore()
            memory.engine(workflow).use { it.start("some", "r", "in").endsCompleted() }
            var refused = 0
            while (true) {
                val before = engineThreads()
                val leasing = CountedLeases(memory)
                val stricken = StrickenStore(leasing, FaultPlan.at(refused + 1, Fault.THROW_BEFORE))
                val opened =
                    try {
                        stricken.asStore().engine(workflow)
                    } catch (unavailable: StoreException) {
                        null
                    }
                if (opened != null) {
                    opened.close()
                    break
                }
                refused++
                requireNoneLeft(before)
                leasing.held.get() shouldBe 0
            }
            refused shouldBeGreaterThan 2
        }

        test("an engine that cannot give its lease back closes its store all the same") {
            val before = engineThreads()
            val closed = AtomicInteger()
            val store =
                object : Store by MemoryStore() {
                    override fun release(lease: Lease): Unit = throw StoreException.fenced("it", lease)

                    override fun close() {
                        closed.incrementAndGet()
                    }
                }
            shouldThrow<StoreException> { store.engine(workflow).close() }
            closed.get() shouldBe 1
            requireNoneLeft(before)
        }
    })

/** Counts the leases that are held. */
private class CountedLeases(
    private val store: Store,
) : Store by store {
    val held = AtomicInteger()

    override fun acquire(engine: EngineIdentity): Lease = store.acquire(engine).also { held.incrementAndGet() }

    override fun release(lease: Lease) {
        store.release(lease)
        held.decrementAndGet()
    }
}
