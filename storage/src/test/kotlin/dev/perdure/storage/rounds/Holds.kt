package dev.perdure.storage.rounds

import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.OpenTransaction
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Transactions
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicReference

/** Where an atomic step can be held, inside of its transaction. */
internal enum class Place {
    /** What the body wrote is not committed. */
    BODY,

    /** The lease's row is locked, and the step's end written. */
    BEFORE_COMMIT,
}

/**
 * Has the next atomic step tell where it stands, and wait there. Thread-safe.
 *
 * @param tell is told when one waits
 */
internal class Holds(
    private val tell: () -> Unit,
) {
    private val next = AtomicReference<Place>()

    @Volatile
    private var letGo = CountDownLatch(0)

    /** The next step that comes to [place] waits there. */
    fun at(place: Place) {
        letGo = CountDownLatch(1)
        next.set(place)
    }

    fun letGo() {
        next.set(null)
        letGo.countDown()
    }

    fun pass(place: Place) {
        if (next.compareAndSet(place, null)) {
            tell()
            letGo.await()
        }
    }

    /** The store, whose atomic steps pass here; a delegate in Kotlin would lose what the interface itself implements. */
    fun around(store: Store): Store {
        val held = HeldTransactions(store.transactions()!!)
        val proxy =
            Proxy.newProxyInstance(Store::class.java.classLoader, arrayOf(Store::class.java)) { _, method, arguments ->
                try {
                    if (method.name == "transactions") held else method.invoke(store, *arguments.orEmpty())
                } catch (thrown: InvocationTargetException) {
                    throw thrown.targetException
                }
            }
        return proxy as Store
    }

    private inner class HeldTransactions(
        private val transactions: Transactions,
    ) : Transactions {
        override fun isExclusive(): Boolean = transactions.isExclusive

        override fun run(
            lease: Lease,
            limit: Duration,
            work: Transactions.Work,
        ): Unit = transactions.run(lease, limit, HeldWork(work))
    }

    private inner class HeldWork(
        private val work: Transactions.Work,
    ) : Transactions.Work {
        override fun body(transaction: OpenTransaction): List<Write> = work.body(transaction)

        override fun written(results: List<WriteResult>) {
            work.written(results)
            pass(Place.BEFORE_COMMIT)
        }
    }
}
