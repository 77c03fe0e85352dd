package dev.perdure.storage.rounds

import java.time.Duration
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/** Counts what the workers of a fleet tell. Thread-safe. */
internal class Progress {
    private val lock = ReentrantLock()
    private val told = lock.newCondition()
    private var count = 0L

    fun made(): Unit =
        lock.withLock {
            count++
            told.signalAll()
        }

    fun count(): Long = lock.withLock { count }

    /** Waits until so many are counted. */
    fun await(goal: Long) {
        lock.withLock {
            var left = LONGEST.toNanos()
            while (count < goal) {
                check(left > 0) { "the workers are at $count after $LONGEST, expected $goal: nothing goes on" }
                left = told.awaitNanos(left)
            }
        }
    }

    private companion object {
        val LONGEST: Duration = Duration.ofSeconds(60)
    }
}
