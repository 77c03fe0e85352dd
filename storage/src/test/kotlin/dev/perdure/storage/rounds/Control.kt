package dev.perdure.storage.rounds

import java.io.BufferedReader
import java.io.IOException
import java.net.InetAddress
import java.net.Socket

/** What a worker tells, and is told, in lines over a socket: its streams go to a file. */
internal object Control {
    /** The worker's engine is open. */
    const val READY = "ready"

    /** [BODIES] more bodies ended. */
    const val DID = "did"
    const val BODIES = 5

    /** An atomic step waits where it was to. */
    const val HOLDING = "holding"

    /** The next atomic step is to wait; followed by a [Place]. */
    const val HOLD = "hold"
    const val LET_GO = "let go"

    fun connect(port: Int): Line = Line(Socket(InetAddress.getLoopbackAddress(), port))
}

/** One end. Thread-safe for telling; one thread hears. */
internal class Line(
    private val socket: Socket,
) : AutoCloseable {
    private val heard: BufferedReader = socket.getInputStream().bufferedReader()

    /** Nothing happens where the other end is gone. */
    @Synchronized
    fun tell(words: String) {
        try {
            socket.getOutputStream().write("$words\n".toByteArray())
        } catch (_: IOException) {
            // Who is gone needs to be told nothing.
        }
    }

    /** Calls [action] with each line, until the other end is gone. */
    fun hear(action: (String) -> Unit) {
        try {
            heard.forEachLine(action)
        } catch (_: IOException) {
            // It is gone.
        }
    }

    override fun close(): Unit = socket.close()
}
