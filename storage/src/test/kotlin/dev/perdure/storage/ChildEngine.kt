package dev.perdure.storage

import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import java.io.FileOutputStream
import java.nio.file.Path

/** What a child process of the tests does: `hold <store>` or `commit <store> <acknowledgements>`. */
internal object ChildEngine {
    @JvmStatic
    fun main(arguments: Array<String>) {
        SqliteStore.open(Path.of(arguments[1])).use { store ->
            val lease = store.acquire(engine("child"))
            store.commit(lease, listOf(Write.StartRun(run("r"))))
            if (arguments[0] == "hold") hold(store, lease) else commit(store, lease, arguments[2])
        }
    }

    /** Until the parent closes the standard input. */
    private fun hold(
        store: SqliteStore,
        lease: Lease,
    ) {
        println("holding")
        System.`in`.read()
        store.release(lease)
        println("released")
        System.`in`.read()
    }

    /** Two rows a commit, for ever. */
    private fun commit(
        store: SqliteStore,
        lease: Lease,
        acknowledgements: String,
    ) {
        FileOutputStream(acknowledgements, true).use { acknowledged ->
            var seq = store.journal("r").size.toLong()
            while (true) {
                store.commit(lease, listOf(append("r", row(seq + 1), row(seq + 2))))
                acknowledged.write("${seq + 1}\n${seq + 2}\n".toByteArray())
                println(seq + 2)
                seq += 2
            }
        }
    }
}
