package dev.perdure.storage

import java.time.Duration
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * Does something now and then, on a thread of its own that [close] waits for. Thread-safe.
 *
 * @param beat does it, and says how long to wait before it is done again. It throws nothing
 */
internal class Heartbeat(
    name: String,
    private val beat: () -> Duration,
    private val first: Duration = Duration.ZERO,
) : AutoCloseable {
    private val lock = ReentrantLock()
    private val closing = lock.newCondition()
    private var isClosed = false
    private val thread = Thread(::work, name).apply { isDaemon = true }

    fun start(): Unit = thread.start()

    private fun work() {
        var pause = first
        while (waitedFor(pause)) {
            pause = beat()
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
