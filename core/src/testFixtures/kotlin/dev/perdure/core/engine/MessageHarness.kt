package dev.perdure.core.engine

import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.SequenceBuilder
import dev.perdure.core.definition.WaitOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Store
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/**
 * Sends signals to a made-up run of waits, and perhaps a cancel, while its engines die at some commit or lose the answer to one.
 * A signal counts once, and is gone exactly where a wait has it; what was acknowledged stays true (I6, I9).
 *
 * @param around what the engines have between them and their store; a store that is as it must be changes nothing
 */
class MessageHarness(
    private val seed: Long,
    private val around: (Store) -> Store = { it },
) {
    private data class Message(
        val name: String,
        val payload: Long,
        val key: String?,
    )

    private val random = Random(seed)
    private val memory = MemoryStore()
    private val isToCancel = random.nextInt(3) == 0
    private val waits = List(random.nextInt(2, 6)) { listOf("x", "y").random(random) }
    private val messages = waits.mapIndexed { i, name -> Message(name, i + 1L, "k$i".takeIf { random.nextBoolean() }) }
    private val acknowledged = HashSet<Message>()
    private val broken = ConcurrentLinkedQueue<String>()
    private val workflow = workflow()

    @Volatile
    private var isCancelAcknowledged = false

    @Volatile
    private var mayStart = true

    private fun workflow(): Workflow<*, *> {
        val together = random.nextInt(waits.size)
        return flow("messages") {
            together("outer") {
                if (isToCancel) does("lingers") { starts { CountDownLatch(1).await() } }
                branch("waits") { branch ->
                    branch.together("inner") {
                        waits.take(together).forEachIndexed { i, name -> branch("b$i") { it.receive(i, name) } }
                        does("works") { starts() }
                    }
                    (together until waits.size).forEach { i -> branch.receive(i, waits[i]) }
                    branch.does("tail") { starts() }
                }
            }
            does("end") { starts() }
        }
    }

    private fun SequenceBuilder<Any>.receive(
        number: Int,
        name: String,
    ) = run {
        awaitSignal("wait-$number", name, Any::class.java, WaitOptions.DEFAULT)
        does("got-$number") { starts() }
    }

    private fun starts(work: () -> Unit = {}) {
        if (mayStart) work() else broken += "a step starts after its run's cancel was acknowledged"
    }

    /** Returns how many engines there were. */
    fun check(): Int {
        val troubles = random.nextInt(4)
        try {
            repeat(troubles) { live(troubled()) }
            live(memory)
            val record = memory.find(RUN).get()
            val expected = if (isToCancel) RunStatus.CANCELLED else RunStatus.COMPLETED
            check(record.status() == expected) { "the run is ${record.status()}, expected $expected" }
            ReplayCheck.requireSame(workflow, Image(record, memory.journal(RUN)))
        } catch (broken: RuntimeException) {
            throw IllegalStateException("seed $seed: ${broken.message}\n  waits $waits, messages $messages", broken)
        }
        return troubles + 1
    }

    private fun troubled(): Store {
        val at = random.nextInt(1, 16)
        val left = AtomicInteger(at)
        return if (random.nextBoolean()) {
            CrashingStore(memory, random.nextBoolean()) { left.decrementAndGet() == 0 }
        } else {
            FaultyStore(memory, at, at, isDoneBefore = true)
        }
    }

    private fun live(store: Store) {
        around(store).engine(workflow).use { engine ->
            val run = List(3) { 1 }.firstNotNullOfOrNull { start(engine) }
            if (run != null) {
                val cancelAfter = if (isToCancel) random.nextInt(messages.size + 1) else -1
                messages.shuffled(random).forEachIndexed { i, message ->
                    if (i == cancelAfter) cancel(run)
                    send(run, message)
                }
                if (cancelAfter == messages.size) cancel(run)
                run.outcome().handle { record, _ -> record }.soon()
            }
        }
        requireSound()
        mayStart = !isCancelAcknowledged
    }

    /** Null where the engine says that it may not be started, which may be untrue. */
    private fun start(engine: Engine): Run? =
        engine.startAsync(workflow.name(), RUN, "in").handle { run, _ -> run }.soon()

    private fun <T> CompletableFuture<T>.soon(): T = soon { "the run ${memory.find(RUN)}, ${memory.journal(RUN)}," }

    /** Again where nothing came of it, as whoever sends it would; without a key only where it can be seen not to have arrived. */
    private fun send(
        run: Run,
        message: Message,
    ) {
        repeat(3) {
            val mayRepeat = message.key != null || message.payload !in stored()
            if (message !in acknowledged && mayRepeat) {
                val sent = run.signal(message.name, message.payload, message.key)
                if (sent.handle { _, trouble -> trouble == null }.soon()) acknowledged += message
            }
        }
    }

    private fun cancel(run: Run) {
        repeat(3) {
            if (!isCancelAcknowledged) {
                val asked = run.cancel("enough").handle { isAccepted, _ -> isAccepted == true }
                isCancelAcknowledged = asked.soon()
            }
        }
    }

    private fun stored(): List<Long> =
        memory.storedSignals(RUN).map { (Json.read(it.signal().payload()) as Number).toLong() }

    private fun requireSound() {
        check(broken.isEmpty()) { broken.joinToString() }
        val stored = stored()
        check(stored.toSet().size == stored.size) { "a signal is there twice: $stored" }
        check(stored.containsAll(acknowledged.map { it.payload })) { "of $acknowledged, only $stored is there" }
        val gone = memory.storedSignals(RUN).filter { it.isConsumed }.map { it.signal().seq() }
        val taken =
            memory.journal(RUN).filter { it.kind() == "signal" && it.status() == StepStatus.COMPLETED }.flatMap { row ->
                ((Json.read(row.detail()!!) as Map<*, *>)["signals"] as List<*>).map { (it as Number).toLong() }
            }
        check(gone.sorted() == taken.sorted()) { "signals $gone are gone, and waits have $taken" }
    }

    private companion object {
        const val RUN = StartRules.RUN
    }
}
