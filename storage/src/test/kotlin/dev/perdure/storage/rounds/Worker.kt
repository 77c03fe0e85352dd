package dev.perdure.storage.rounds

import dev.perdure.core.engine.ChildJvm
import dev.perdure.storage.LossyProxy
import java.net.InetAddress
import java.net.ServerSocket
import java.net.SocketException
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.concurrent.thread

/**
 * How worker processes are started.
 *
 * @property log where what a worker prints goes, by its name
 * @property main has a main method that takes the arguments of a [WorkerPlan]
 */
internal class WorkerStart(
    val jvm: ChildJvm,
    val directory: Path,
    val main: Class<*> = RoundWorker::class.java,
) {
    fun log(name: String): Path = directory.resolve("$name.log")
}

/**
 * One process of the fleet, as its parent has it in hand; it reaches the server through [proxy].
 *
 * @param did is told when some bodies have ended
 */
internal class Worker(
    private val start: WorkerStart,
    val proxy: LossyProxy,
    private val did: () -> Unit,
    plan: (port: Int) -> WorkerPlan,
) : AutoCloseable {
    private val listener = ServerSocket(0, 1, InetAddress.getLoopbackAddress())
    private val isReady = CountDownLatch(1)
    private val plan = plan(listener.localPort)
    private val process = launch()

    @Volatile
    private var isHolding = CountDownLatch(1)

    @Volatile
    private var line: Line? = null
    private val hearing = thread(name = "hears-$name") { hear() }

    val name: String get() = plan.name
    val pid: Long get() = process.pid()

    private fun launch(): Process {
        val command = start.jvm.command() + "-Djava.io.tmpdir=${start.directory}" + start.main.name + plan.arguments()
        return ProcessBuilder(command).redirectErrorStream(true).redirectOutput(start.log(name).toFile()).start()
    }

    private fun hear() {
        val socket =
            try {
                listener.accept()
            } catch (_: SocketException) {
                return // It is closed before it came.
            }
        Line(socket).use { own ->
            line = own
            own.hear { words ->
                when {
                    words == Control.DID -> did()
                    words == Control.HOLDING -> isHolding.countDown()
                    words.startsWith(Control.READY) -> isReady.countDown()
                    else -> error("worker $name says \"$words\"")
                }
            }
        }
    }

    fun awaitReady(): Unit = check(isReady.await(60, SECONDS)) { "worker $name does not start" }

    /** Has the next atomic step wait at [place]. */
    fun hold(place: Place) {
        isHolding = CountDownLatch(1)
        line!!.tell("${Control.HOLD} $place")
    }

    /** Waits for that; false where the worker has no atomic step to do. */
    fun isHolding(): Boolean = isHolding.await(5, SECONDS)

    fun letGo(): Unit = line!!.tell(Control.LET_GO)

    /** As `kill -STOP` does it. */
    fun pause(): Unit = signal("STOP")

    fun goOn(): Unit = signal("CONT")

    private fun signal(name: String) {
        val exit = ProcessBuilder("kill", "-$name", "$pid").inheritIO().start().waitFor()
        check(exit == 0) { "kill -$name $pid: exit $exit" }
    }

    /** As `kill -9` does it. */
    fun kill() {
        process.destroyForcibly()
        check(process.waitFor(30, SECONDS)) { "worker $name does not die" }
    }

    /** As `kill` does it; waits until it has closed its engine. */
    fun stop() {
        process.destroy()
        check(process.waitFor(60, SECONDS)) { "worker $name does not end" }
        check(process.exitValue() == TERMINATED) { "worker $name ends with ${process.exitValue()}" }
    }

    override fun close() {
        if (process.isAlive) {
            kill()
        }
        listener.close()
        line?.close()
        hearing.join()
        proxy.close()
    }

    private companion object {
        /** How a JVM ends that was asked to. */
        const val TERMINATED = 143
    }
}
