package dev.perdure.storage.rounds

import dev.perdure.core.engine.Client
import dev.perdure.core.engine.StartOptions
import dev.perdure.storage.LossyProxy
import dev.perdure.storage.PostgresServer
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.random.Random

/**
 * One fleet, disturbed in rounds.
 *
 * @property engines how many workers there are
 * @property runs how many are started, as many in each round
 * @property patience how long the last of them may take after the last round
 */
internal class SessionPlan(
    val seed: Long,
    val engines: Int,
    val runs: Int,
    val rounds: List<Disturbance>,
    val patience: Duration = Duration.ofSeconds(60),
)

/**
 * Starts runs, disturbs a worker in the middle of them, and goes on; when all runs have ended, holds what is there to
 * [RoundChecks].
 */
internal class RoundSession(
    private val start: WorkerStart,
    private val plan: SessionPlan,
) : AutoCloseable {
    private val random = Random(plan.seed)
    private val database = PostgresServer.newSchema().let { RoundDatabase(it, "ledger_$it") }
    private val ledger: Path = start.directory.resolve("${database.schema}.ledger")
    private val progress = Progress()
    private val client = Client.on(PostgresServer.open(database.schema))
    private val starter = Executors.newSingleThreadExecutor()
    private val workers = arrayOfNulls<Worker>(plan.engines)
    private val launched = mutableListOf<Worker>()
    private val chaos = Chaos(database, random) { victim -> workers[workers.indexOf(victim)] = launch(skew()) }
    private val started = ConcurrentLinkedQueue<StartedRun>()
    private val signalled = mutableListOf<CompletableFuture<Boolean>>()

    /** How long takeovers took. */
    val takeovers = mutableListOf<Duration>()

    /** How many workers were stopped inside of a transaction. */
    val held: Int get() = chaos.held

    fun run() {
        SKEWS.take(plan.engines).forEachIndexed { index, skew -> workers[index] = launch(skew) }
        plan.rounds.forEachIndexed(::round)
        signal()
        val findings = unended() + unheld() + unsent()
        workers.forEach { it!!.stop() }
        PostgresServer.open(database.schema).use { store ->
            RoundChecks(store, database, RoundLedger.read(ledger)).check(started.toList(), findings)
        }
        val unexpected = launched.flatMap { WorkerLogs.unexpected(start.log(it.name)) }
        check(unexpected.isEmpty()) { "workers printed what is not expected:\n${unexpected.joinToString("\n")}" }
    }

    /** How the log of each worker ends, as long as there is the directory. */
    fun logEnds(): String = launched.joinToString("\n") { WorkerLogs.end(start.log(it.name)) }

    private fun skew() = SKEWS.random(random)

    private fun launch(skew: Duration): Worker {
        val name = "${database.schema}-${launched.size}"
        val proxy = LossyProxy(PostgresServer.port)
        val worker =
            Worker(start, proxy, progress::made) { port ->
                val url = "${proxy.url()}&ApplicationName=$name"
                WorkerPlan(name, port, skew, url, database.schema, database.table, ledger)
            }
        launched += worker
        return worker
    }

    private fun round(
        index: Int,
        how: Disturbance,
    ) {
        val victim = workers.random(random)!!
        workers.forEach { it!!.awaitReady() }
        signal()
        val numbers = (index * plan.runs / plan.rounds.size) until ((index + 1) * plan.runs / plan.rounds.size)
        val goal = progress.count() + random.nextInt(1, maxOf(2, numbers.count()))
        val endedLeases = database.endedLeases()
        val starting = CompletableFuture.runAsync({ numbers.forEach { start(it, endedLeases) } }, starter)
        progress.await(goal)
        chaos.disturb(victim, how)?.let { takeovers += it }
        starting.get(120, SECONDS)
    }

    private fun start(
        number: Int,
        endedLeases: Int,
    ) {
        val waits = number % WAITS == 0
        val options = if (number % QUEUES == 0) StartOptions.inQueue(RoundWorker.QUEUE) else StartOptions.DEFAULT
        val id = "run-$number"
        client.start(RoundWorkflow.NAME, 1, id, RoundWorkflow.input(number, waits), options)
        started += StartedRun(id, number, waits, endedLeases)
    }

    /** All that were started so far, and were not before. */
    private fun signal() {
        started.filter { it.waits }.drop(signalled.size).forEach { run ->
            val sent = RoundReference.signal(run.number)
            signalled += client.find(run.id).get().signal(RoundWorkflow.SIGNAL, sent, "once")
        }
    }

    /** Waits for all runs to end, and says what is left of them when that takes too long. */
    private fun unended(): List<String> {
        if (database.waits(plan.patience) { database.count("runs", OPEN) == 0 }) return emptyList()
        return database.column(
            "SELECT id || ' is ' || status || ' of ' || coalesce(owner::text, 'nobody') || ' due ' || " +
                "coalesce(wake_at::text, 'never') || ', which has not ended ${plan.patience} after the last round' " +
                "FROM runs WHERE $OPEN LIMIT 20",
        )
    }

    private fun unsent(): List<String> {
        val sent = signalled.map { it.handle { isNew, why -> "$isNew $why" }.get(10, SECONDS) }
        return sent.filter { it != "true null" }.map { "a signal was sent once, and its answer is: $it" }
    }

    /** Waits until each worker has one lease, and nobody else has any. */
    private fun unheld(): List<String> {
        val held = { database.count("engines", "released_at IS NULL AND superseded_by IS NULL") }
        if (database.waits(plan.patience) { held() == plan.engines }) return emptyList()
        return listOf("${held()} leases are held by ${plan.engines} workers")
    }

    /** Ends what is still there. */
    override fun close() {
        starter.shutdownNow()
        client.close()
        launched.forEach { it.close() }
        database.close()
    }

    private companion object {
        const val OPEN = "finished_at IS NULL"

        /** Each so many-th run waits for a signal; or begins in a queue. */
        const val WAITS = 4
        const val QUEUES = 5
        val SKEWS = listOf(Duration.ZERO, Duration.ofHours(1), Duration.ofHours(-1))
    }
}
