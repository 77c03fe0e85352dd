package dev.perdure.storage

import java.util.concurrent.Callable
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit

/** What [action] returns for each of [these], on threads that begin together. */
internal fun <T, R> atOnce(
    these: List<T>,
    action: (T) -> R,
): List<R> {
    val threads = Executors.newFixedThreadPool(these.size)
    val begin = CyclicBarrier(these.size)
    try {
        val results =
            these.map { each ->
                threads.submit(
                    Callable {
                        begin.await(10, TimeUnit.SECONDS)
                        action(each)
                    },
                )
            }
        return results.map { it.get(60, TimeUnit.SECONDS) }
    } finally {
        threads.shutdownNow()
    }
}
