package dev.perdure.storage

import java.util.concurrent.Callable
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.ExecutorCompletionService
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

/** Does [work] for each of [these], two at a time. The first failure ends it all and is thrown. */
internal fun <T> inTwoThreads(
    these: Sequence<T>,
    work: (T) -> Unit,
) {
    val left = these.iterator()
    val next = { synchronized(left) { if (left.hasNext()) listOf(left.next()) else null } }
    val threads = Executors.newFixedThreadPool(2)
    try {
        val done = ExecutorCompletionService<Unit>(threads)
        repeat(2) { done.submit { generateSequence(next).flatten().forEach(work) } }
        repeat(2) { done.take().get() }
    } finally {
        threads.shutdownNow()
    }
}
