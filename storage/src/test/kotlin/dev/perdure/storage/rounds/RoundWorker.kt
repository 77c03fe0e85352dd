package dev.perdure.storage.rounds

import dev.perdure.core.definition.AtomicContext
import dev.perdure.core.definition.StepContext
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.QueueLimits
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.onMachineOff
import dev.perdure.storage.PostgresOptions
import dev.perdure.storage.PostgresStore
import dev.perdure.storage.connection
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread

/**
 * What a worker is to do.
 *
 * @property port where its parent listens; 0 for a worker that does some runs by itself and ends
 * @property skew how wrong its clock is
 * @property table the application's, with columns run, path and value
 */
internal data class WorkerPlan(
    val name: String,
    val port: Int,
    val skew: Duration,
    val url: String,
    val schema: String,
    val table: String,
    val ledger: Path,
) {
    fun arguments(): Array<String> = arrayOf(name, "$port", "$skew", url, schema, table, "$ledger")

    companion object {
        fun of(arguments: List<String>): WorkerPlan {
            val (name, port, skew, url, schema) = arguments
            return WorkerPlan(
                name,
                port.toInt(),
                Duration.parse(skew),
                url,
                schema,
                arguments[5],
                Path.of(arguments[6]),
            )
        }
    }
}

/** A process with one engine of the fleet. It closes when it is asked to end (SIGTERM). */
internal object RoundWorker {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val plan = WorkerPlan.of(arguments.toList())
        RoundLedger.open(plan.ledger, plan.name).use { ledger ->
            if (plan.port == 0) alone(plan, ledger) else Control.connect(plan.port).use { work(plan, ledger, it) }
        }
    }

    /** As long as the parent is there. */
    private fun work(
        plan: WorkerPlan,
        ledger: RoundLedger,
        parent: Line,
    ) {
        val holds = Holds { parent.tell(Control.HOLDING) }
        val did = AtomicLong()
        val bodies =
            NotedBodies(plan, ledger, holds) {
                if (did.incrementAndGet() % Control.BODIES == 0L) parent.tell(Control.DID)
            }
        val engine = open(plan, holds, bodies)
        Runtime.getRuntime().addShutdownHook(thread(start = false) { engine.close() })
        parent.tell("${Control.READY} ${plan.name}")
        parent.hear { words ->
            if (words == Control.LET_GO) holds.letGo() else holds.at(Place.valueOf(words.substringAfter(' ')))
        }
    }

    private fun open(
        plan: WorkerPlan,
        holds: Holds,
        bodies: RoundBodies,
    ): Engine =
        holds.around(PostgresStore.open(plan.url, plan.schema, options)).engine(RoundWorkflow(bodies).workflow) {
            onMachineOff(plan.skew)
            pollInterval(Duration.ofMillis(20))
            maxActiveRuns(64)
            queue(QUEUE, QueueLimits.concurrency(16))
        }

    private fun alone(
        plan: WorkerPlan,
        ledger: RoundLedger,
    ) {
        val holds = Holds { }
        open(plan, holds, NotedBodies(plan, ledger, holds) { }).use { engine ->
            val runs = List(8) { engine.start(RoundWorkflow.NAME, "alone-$it", RoundWorkflow.input(it, true)) }
            runs.forEach { it.signal(RoundWorkflow.SIGNAL, "go").join() }
            runs.forEach { it.endsCompleted() }
        }
    }

    const val QUEUE = "narrow"
    val LEASE: Duration = Duration.ofSeconds(1)

    private val options =
        PostgresOptions(
            lease = LEASE,
            lockTimeout = Duration.ofSeconds(1),
            poolSize = 8,
            connectTimeout = Duration.ofSeconds(1),
            replyTimeout = Duration.ofSeconds(2),
        )
}

/** Bodies that keep the ledger. */
private class NotedBodies(
    private val plan: WorkerPlan,
    private val ledger: RoundLedger,
    private val holds: Holds,
    private val did: () -> Unit,
) : RoundBodies {
    private val values = AtomicLong()

    override fun yielded(
        step: StepContext<Any>,
        given: List<Any?>,
    ): String {
        val key = StepKey(step.runId(), "${step.path()}")
        ledger.started(key, step.attempt(), RoundWorkflow.line(given))
        val value = "${plan.name}-${values.incrementAndGet()}"
        ledger.ended(key, step.attempt(), value)
        did()
        return value
    }

    override fun debited(
        step: AtomicContext<Any>,
        given: List<Any?>,
    ): String {
        val value = yielded(step, given)
        step.connection.prepareStatement("INSERT INTO ${plan.table} (run, path, value) VALUES (?, ?, ?)").use {
            it.setString(1, step.runId())
            it.setString(2, "${step.path()}")
            it.setString(3, value)
            it.executeUpdate()
        }
        holds.pass(Place.BODY)
        return value
    }
}
