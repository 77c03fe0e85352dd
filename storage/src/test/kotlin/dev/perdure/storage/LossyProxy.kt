package dev.perdure.storage

import java.io.IOException
import java.io.InputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference

/**
 * Stands between a store and its server, and loses what is said between them. The store has to connect with
 * `prepareThreshold=0`, so that each COMMIT goes by in words.
 */
internal class LossyProxy(
    private val target: Int,
) : AutoCloseable {
    /** What happens to the next COMMIT. */
    enum class Loss { NOTHING, REQUEST, REQUEST_AND_ALL_AFTER, REPLY, REPLY_AND_ALL_AFTER }

    private val listener = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val threads = Executors.newCachedThreadPool()
    private val sockets: MutableSet<Socket> = ConcurrentHashMap.newKeySet()
    private val next = AtomicReference(Loss.NOTHING)
    private val spared = AtomicInteger()

    @Volatile
    private var lost = CountDownLatch(1)

    @Volatile
    private var isDown = false

    @Volatile
    private var frozen = CountDownLatch(0)

    init {
        threads.execute { quietly { while (true) link(listener.accept()) } }
    }

    fun url(): String = "jdbc:postgresql://localhost:${listener.localPort}/postgres?user=postgres&prepareThreshold=0"

    /** @param after so many COMMITs go by before */
    fun loseNext(
        loss: Loss,
        after: Int = 0,
    ) {
        lost = CountDownLatch(1)
        spared.set(after)
        next.set(loss)
    }

    fun awaitLoss(): Unit = check(lost.await(10, TimeUnit.SECONDS)) { "nothing was lost" }

    /** New connections work again. */
    fun recover() {
        isDown = false
    }

    /** Nothing goes by any more, in either direction, as if the store's process had been stopped. */
    fun freeze() {
        frozen = CountDownLatch(1)
    }

    fun thaw(): Unit = frozen.countDown()

    private fun link(client: Socket) {
        if (isDown) {
            client.close()
            return
        }
        val server = Socket(InetAddress.getLoopbackAddress(), target)
        listOf(client, server).forEach { it.tcpNoDelay = true }
        sockets += listOf(client, server)
        val link = Link(client, server)
        threads.execute { link.requests() }
        threads.execute { link.replies() }
    }

    private inner class Link(
        private val client: Socket,
        private val server: Socket,
    ) {
        @Volatile
        private var isReplyLost = false

        fun requests(): Unit =
            pump(client.getInputStream()) { bytes ->
                val isCommit = "COMMIT\u0000" in String(bytes, Charsets.ISO_8859_1)
                val isNext = isCommit && spared.getAndDecrement() <= 0
                val loss = if (isNext) next.getAndSet(Loss.NOTHING) else Loss.NOTHING
                isReplyLost = loss == Loss.REPLY || loss == Loss.REPLY_AND_ALL_AFTER
                if (loss == Loss.REQUEST_AND_ALL_AFTER || loss == Loss.REPLY_AND_ALL_AFTER) isDown = true
                val isLost = loss == Loss.REQUEST || loss == Loss.REQUEST_AND_ALL_AFTER
                if (isLost) cut() else server.getOutputStream().write(bytes)
            }

        /** The server's reply to a COMMIT comes when that is done. */
        fun replies(): Unit =
            pump(server.getInputStream()) { bytes ->
                if (isReplyLost) cut() else client.getOutputStream().write(bytes)
            }

        private fun cut() {
            client.close()
            server.close()
            if (isDown) {
                sockets.forEach { it.close() }
            }
            lost.countDown()
        }

        private fun pump(
            from: InputStream,
            pass: (ByteArray) -> Unit,
        ) = quietly {
            val buffer = ByteArray(1 shl 16)
            client.use {
                server.use {
                    var count = from.read(buffer)
                    while (count >= 0) {
                        frozen.await()
                        pass(buffer.copyOf(count))
                        count = from.read(buffer)
                    }
                }
            }
        }
    }

    private inline fun quietly(action: () -> Unit) {
        try {
            action()
        } catch (_: IOException) {
            // One of the two ends was closed.
        }
    }

    override fun close() {
        thaw()
        listener.close()
        sockets.forEach { it.close() }
        threads.shutdown()
        check(threads.awaitTermination(10, TimeUnit.SECONDS)) { "the proxy does not end" }
    }
}
