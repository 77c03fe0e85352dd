package dev.perdure.storage

import java.time.Duration
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * Gives a sign of life now and then, on a thread of its own that [close] waits for. Thread-safe.
 *
 * @param every the time between two signs; a quarter of it after one that did not get through
 * @param beat gives one; false when it did not get through. It throws nothing
 */
internal class Heartbeat(
    name: String,
    private val every: Duration,
    private val beat: () -> Boolean,
) : AutoCloseable {
    private val lock = ReentrantLock()
    private val closing = lock.newCondition()
    private var isClosed = false
    private val thread = Thread(::work, name).apply { isDaemon = true }

    fun start(): Unit = thread.start()

    private fun work() {
        var pause = every
        while (waitedFor(pause)) {
            pause = if (beat()) every else every.dividedBy(4)
        }
    }

    /** False when it is closed. Nobody has a reason to interrupt the thread. */
    private fun waitedFor(pause: Duration): Boolean =
        lock.withLock {
            var left = pause.toNanos()
            while (left > 0 && !isClosed) {
                left = closing.awaitNanos(left)
            }
            !isClosed
        }

    /** Ends the thread, after the beat that it is at. Idempotent. */
    override fun close() {
        lock.withLock {
            isClosed = true
            closing.signalAll()
        }
        var wasInterrupted = false
        while (thread.isAlive && thread != Thread.currentThread()) {
            try {
                thread.join()
            } catch (_: InterruptedException) {
                wasInterrupted = true
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt()
        }
    }
}
