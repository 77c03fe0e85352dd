package dev.perdure.core.engine

import dev.perdure.core.Path
import dev.perdure.core.journal.Context
import dev.perdure.core.journal.Payload
import dev.perdure.core.machine.Action
import dev.perdure.core.machine.BodyOutcome
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.BodyScope
import dev.perdure.core.spi.BodyTask
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Timekeeper
import org.jetbrains.lincheck.datastructures.IntGen
import org.jetbrains.lincheck.datastructures.Operation
import org.jetbrains.lincheck.datastructures.Param
import org.jetbrains.lincheck.datastructures.Validate
import java.time.Instant
import java.util.OptionalLong

/** The one timer for all runs that wait: as long as one does, it is set for when the first of them is due, or before. */
@Param(name = "wake", gen = IntGen::class, conf = "1:9")
class SharedAlarm {
    private val sleepers = Sleepers()
    private val timers = Timers()
    private val alarm = Alarm(sleepers, timers, { it.run() }) { now, _ -> sleepers.takeUp(now).let { false } }

    /** A run is recorded as waiting, and leaves memory. */
    @Operation
    fun suspend(
        @Param(name = "wake") wake: Int,
    ) {
        sleepers.add(wake.toLong())
        alarm.setFor(Instant.ofEpochMilli(wake.toLong()))
    }

    /** Time goes on to when the next timer is due. */
    @Operation
    fun fire() {
        timers.next()?.run()
    }

    @Validate
    fun nobodySleepsTooLong() {
        val first = sleepers.nextWake(0)
        check(first.isEmpty || timers.due() <= first.asLong) {
            "a run is due at ${first.asLong}, but the alarm is set for ${timers.due()}"
        }
    }

    /** A store of which only this is asked. */
    private class Sleepers : Store by MemoryStore() {
        private val wakes = ArrayList<Long>()

        @Synchronized
        fun add(wake: Long) {
            wakes += wake
        }

        @Synchronized
        fun takeUp(now: Instant) = wakes.removeIf { it <= now.toEpochMilli() }

        @Synchronized
        override fun nextWake(after: Long): OptionalLong =
            wakes
                .stream()
                .mapToLong { it }
                .filter { it > after }
                .min()
    }

    /** Fires when it is told to. */
    private class Timers : Timekeeper {
        private class Timer(
            val due: Long,
            val action: Runnable,
        )

        private val armed = ArrayList<Timer>()
        private var now = 0L

        @Synchronized
        override fun now(): Instant = Instant.ofEpochMilli(now)

        override fun nanoTime(): Long = error("not asked")

        @Synchronized
        override fun schedule(
            due: Instant,
            action: Runnable,
        ): Runnable {
            val timer = Timer(due.toEpochMilli(), action)
            armed += timer
            return Runnable { drop(timer) }
        }

        @Synchronized
        private fun drop(timer: Timer) {
            armed -= timer
        }

        @Synchronized
        fun next(): Runnable? =
            armed.minByOrNull { it.due }?.let {
                armed -= it
                now = maxOf(now, it.due)
                it.action
            }

        @Synchronized
        fun due(): Long = armed.minOfOrNull { it.due } ?: Long.MAX_VALUE

        override fun close() = Unit
    }
}

/** One attempt of a body: of all that ends it one thing counts, and whoever cancels it reaches it, begun or not. */
class SharedAttempt {
    private val driver = Drivers.fresh("r")
    private val step = HandMade.step("only") { null }
    private val start = Action.StartBody(Path.parse("only"), Path.ROOT, 1, step, Context.EMPTY, emptyList())
    private val context =
        AttemptContext(AttemptContext.RunIdentity("r", 1, "case", Payload("null")), start, Drivers.noValues, null)
    private val body = BodyRun(driver, start, context, Instant.EPOCH, 100)
    private val scope = Scope()

    @Volatile private var isCancelled = false

    @Operation(runOnce = true)
    fun launch() = body.launchIn(scope)

    @Operation
    fun cancel() {
        isCancelled = true
        body.cancel()
    }

    @Operation
    fun end(): Boolean = body.report(BodyOutcome.Cancelled())

    @Operation
    fun abandon(): Boolean = body.abandon()

    @Operation
    fun hasEnded(): Boolean = body.hasEnded()

    @Validate
    fun theCancelArrived() {
        check(!isCancelled || context.isCancelled()) { "the body cannot see that it is cancelled" }
        check(!isCancelled || !scope.isLaunched || scope.isCancelled) { "the body runs on, and was cancelled" }
    }

    private class Scope : BodyScope {
        @Volatile var isLaunched = false

        @Volatile var isCancelled = false

        override fun nested(path: Path): BodyScope = this

        override fun launch(task: BodyTask): BodyScope.RunningBody {
            isLaunched = true
            return BodyScope.RunningBody { isCancelled = true }
        }

        override fun cancel() = Unit

        override fun close() = Unit
    }
}
