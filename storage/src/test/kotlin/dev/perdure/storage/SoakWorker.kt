package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Purge
import dev.perdure.core.spi.RunQuery
import dev.perdure.dsl.engine
import java.nio.file.Path
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicReference

/** A process that is a service for a while: `<store> <steps> <waiting runs>`. It prints what a [SoakReport] reads. */
internal object SoakWorker {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val file = Path.of(arguments[0])
        val (steps, waiting) = arguments.drop(1).map { it.toInt() }
        val workflows = SoakWorkflows()
        SqliteStore.open(file, SqliteOptions(Synchronous.NORMAL)).engine(*workflows.all()).use { engine ->
            Soak(engine, workflows, SoakLook(file), waiting).work(steps)
        }
    }
}

/**
 * Has runs wait, works on others, and lets those go that wait. What has ended is purged after each portion, as a
 * service would do it each night: so the file stays as large as it is. What is purged is counted. Confined to one
 * thread, but for what it hears.
 */
private class Soak(
    private val engine: Engine,
    private val workflows: SoakWorkflows,
    private val look: SoakLook,
    private val waiting: Int,
) : EngineListener {
    private val places = Semaphore(AT_ONCE)
    private val failure = AtomicReference<Throwable>()
    private val asleep = CountDownLatch(waiting)
    private val awake = CountDownLatch(waiting)
    private val tally = SoakTally()
    private var started = 0

    fun work(steps: Int) {
        engine.listen(this)
        repeat(waiting) { number -> carry { engine.startAsync(SoakWorkflows.SUBSCRIPTION, "$WAITS$number", number) } }
        await("runs are awake") { asleep.await(1, SECONDS) }
        repeat(PORTIONS) { portion ->
            val runs = steps.toLong() * (portion + 1) / PORTIONS / SoakWorkflows.STEPS
            while (started < runs) carry { order(started++) }
            quiet()
            println(look.sample(tally.steps.toLong()).line())
        }
        println(counted().line())
        repeat(waiting) { number -> carry { engine.signal("$WAITS$number", SoakWorkflows.STOP, number, null) } }
        await("runs have not gone on") { awake.await(1, SECONDS) }
        quiet()
        println(counted().line())
    }

    override fun onEvent(event: EngineEvent) {
        look.onEvent(event)
        val id = event.runId()
        if (event is EngineEvent.RunEnded && event.status() != RunStatus.COMPLETED) {
            noted(IllegalStateException("$id is ${event.status()}: ${event.failure()}"))
        }
        if (id.startsWith(WAITS)) {
            if (event is EngineEvent.RunSuspended) asleep.countDown()
            if (event is EngineEvent.RunEnded) awake.countDown()
        }
        if (SoakWorkflows.isAsking(event) && !SoakWorkflows.hasEarlySignal(id.removePrefix(RUN).toInt())) {
            pay(id).whenComplete { _, thrown -> noted(thrown) }
        }
    }

    private fun order(number: Int): CompletableFuture<RunRecord> =
        engine.startAsync(SoakWorkflows.name(number), "$RUN$number", number).thenCompose { run ->
            val isEarly = SoakWorkflows.hasEarlySignal(number)
            val paid = if (isEarly) pay(run.id()) else CompletableFuture.completedFuture(true)
            paid.thenCompose { run.outcome() }
        }

    private fun pay(id: String): CompletableFuture<Boolean> = engine.signal(id, SoakWorkflows.PAID, 1, null)

    /** Begins something as soon as there is a place for it. */
    private fun carry(begin: () -> CompletableFuture<*>) {
        await("nothing has ended") { places.tryAcquire(1, SECONDS) }
        begin().whenComplete { _, thrown ->
            noted(thrown)
            places.release()
        }
    }

    private fun noted(thrown: Throwable?) {
        thrown?.let { failure.compareAndSet(null, it) }
    }

    /** Waits until all that was begun has ended, and deletes it. */
    private fun quiet() {
        await("runs have not ended") { places.tryAcquire(AT_ONCE, 1, SECONDS) }
        places.release(AT_ONCE)
        engine.purge(Purge.endedBefore(Instant.now() + Duration.ofHours(1)), tally)
    }

    private fun counted(): SoakCount {
        val left = engine.list(RunQuery.all().page(Int.MAX_VALUE, 0)).map { it.status() }
        return SoakCount(tally.runs, tally.steps, workflows.bodies, left.size, left.count { it == RunStatus.WAITING })
    }

    /** Ends when [step] says so, or something has failed. */
    private fun await(
        otherwise: String,
        step: () -> Boolean,
    ) {
        val deadline = System.nanoTime() + PATIENCE.toNanos()
        while (!step()) {
            failure.get()?.let { throw it }
            check(System.nanoTime() < deadline) { "$otherwise for $PATIENCE" }
        }
        failure.get()?.let { throw it }
    }

    private companion object {
        const val AT_ONCE = 32
        const val PORTIONS = 20
        val PATIENCE: Duration = Duration.ofMinutes(10)
        const val WAITS = "waits-"
        const val RUN = "run-"
    }
}
