package dev.perdure.samples.fleet

import dev.perdure.samples.onboarding.DemoExit
import dev.perdure.samples.onboarding.exitWith
import dev.perdure.samples.support.ChildJvm
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres
import java.io.File
import java.io.PrintStream
import java.sql.DriverManager
import java.util.Locale

/** Three workers and a client share one PostgreSQL server; one worker is killed. Prints who runs what, and a proof. */
fun main() = exitWith(FleetDemo().run())

/**
 * Starts the server and the processes, looks on, kills a worker on the way, and proves that each order was booked once.
 *
 * @param childOutput where the other processes' output goes; null for where this one's goes
 */
class FleetDemo(
    private val orders: Int = ORDERS,
    private val out: PrintStream = System.out,
    private val childOutput: File? = null,
) {
    private class Worker(val name: String, val jvm: ChildJvm)

    /** Runs the demo and returns its exit code. */
    fun run(): Int =
        EmbeddedPostgres.start().use { server ->
            val url = server.getJdbcUrl("postgres", "postgres")
            DriverManager.getConnection(url).use { connection ->
                connection.createStatement().use {
                    it.execute("CREATE TABLE public.shipments (order_id TEXT NOT NULL, worker TEXT NOT NULL)")
                }
                store(url).close() // migrates the schema, so that there is something to look at
                ship(url, FleetView(connection))
            }
        }

    private fun ship(
        url: String,
        view: FleetView,
    ): Int {
        val workers =
            (1..WORKERS).map { Worker("worker-$it", child("FleetWorkerKt", url, "worker-$it")) }
        val client = child("FleetClientKt", url, "$orders")
        out.println(
            "$WORKERS workers and a client that starts $orders orders; a worker that dies is missed after $LEASE.\n",
        )
        val killed = Casualty(view, workers)
        try {
            while (!client.hasEndedWithin(LOOK_MILLIS)) {
                tell(view, workers)
                killed.killOnce()
            }
        } finally {
            workers.filter { it !== killed.worker }.forEach { it.jvm.stop() }
        }
        return conclude(view, killed, client.await(PATIENCE_SECONDS))
    }

    private fun child(
        program: String,
        vararg args: String,
    ) = ChildJvm.start("dev.perdure.samples.fleet.$program", args.toList(), childOutput)

    private fun tell(
        view: FleetView,
        workers: List<Worker>,
    ) {
        val runs = view.runsOf()
        val statuses = view.statuses()
        val has = workers.joinToString("   ") { "%s %3d".format(Locale.ROOT, it.name, runs[it.jvm.pid] ?: 0) }
        out.println(
            "%s   pending %4d   ended %4d".format(
                Locale.ROOT,
                has,
                statuses["PENDING"] ?: 0,
                statuses["COMPLETED"] ?: 0,
            ),
        )
    }

    /** The worker that is killed as soon as a third of the orders is shipped and it is at work. */
    private inner class Casualty(private val view: FleetView, private val workers: List<Worker>) {
        var worker: Worker? = null
        var runs: Set<String> = emptySet()

        fun killOnce() {
            if (worker != null || (view.statuses()["COMPLETED"] ?: 0) < orders / WORKERS) {
                return
            }
            val victim = workers.firstOrNull { view.runIdsOf(it.jvm.pid).isNotEmpty() } ?: return
            victim.jvm.kill()
            worker = victim
            runs = view.runIdsOf(victim.jvm.pid)
            out.println("\n${victim.name} is killed; it has ${runs.size} runs.\n")
        }
    }

    private fun conclude(
        view: FleetView,
        killed: Casualty,
        exitCode: Int,
    ): Int {
        val bookings = view.bookings()
        val taken = bookings.filter { (order, worker) -> order in killed.runs && worker != killed.worker?.name }
        val findings =
            listOfNotNull(
                "the client ended with $exitCode".takeIf { exitCode != 0 },
                "no worker was killed in the middle of its work".takeIf { killed.runs.isEmpty() },
                "${view.statuses()} instead of $orders COMPLETED".takeIf {
                    view.statuses() !=
                        mapOf("COMPLETED" to orders)
                },
                "some steps were recorded twice: ${view.repeatedSteps()}".takeIf { view.repeatedSteps().isNotEmpty() },
                "not each order was booked once".takeIf {
                    bookings.size != orders || bookings.distinctBy { it.first }.size != orders
                },
            )
        out.println("\n${bookings.groupingBy { it.second }.eachCount().toSortedMap()} orders booked")
        out.println(
            "${taken.size} of the ${killed.runs.size} orders that ${killed.worker?.name} had were booked by others",
        )
        (findings + view.failures().take(EXAMPLES)).forEach { out.println("! $it") }
        out.println(if (findings.isEmpty()) "PROVEN: all $orders orders shipped, each booked once" else "NOT PROVEN")
        return if (findings.isEmpty()) DemoExit.OK else DemoExit.FAILED
    }

    private companion object {
        const val WORKERS = 3
        const val ORDERS = 900
        const val EXAMPLES = 3
        const val LOOK_MILLIS = 250L
        const val PATIENCE_SECONDS = 60L
    }
}
