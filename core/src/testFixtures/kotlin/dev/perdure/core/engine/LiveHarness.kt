package dev.perdure.core.engine

import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/** What the bodies of made-up workflows may be given, and when they may start: I2 and I4, by what [store] has at that moment. */
class StartRules(
    private val store: Store,
    private val isRepeatRefused: Boolean = true,
) : BodyWatch {
    private val broken = ConcurrentLinkedQueue<String>()

    override fun started(
        path: Path,
        given: Set<Long>,
    ) {
        val recorded = store.journal(RUN).filter { it.isStepDone() }
        val unrecorded = given - recorded.mapNotNull { it.made("id") }.toSet()
        if (unrecorded.isNotEmpty()) broken += "$path starts with $unrecorded, which is not recorded"
        if (isRepeatRefused && recorded.any { it.path() == "$path" }) broken += "$path starts, and is recorded"
    }

    fun requireKept() = check(broken.isEmpty()) { broken.joinToString() }

    companion object {
        const val RUN = "r"
    }
}

fun Row.isStepDone() = kind() == "step" && status() == StepStatus.COMPLETED

/** What a step of a made-up workflow says of the value that it made; null for a step that made none. */
fun Row.made(key: String): Long? = ((Json.read(output()!!) as? Map<*, *>)?.get(key) as Number?)?.toLong()

/** What happens to the store of an engine. */
fun interface Trouble {
    fun around(
        store: Store,
        random: Random,
    ): Store
}

/** The engine dies at some commit. */
private val death =
    Trouble { store, random ->
        val left = AtomicInteger(random.nextInt(1, 14))
        CrashingStore(store, random.nextBoolean()) { left.decrementAndGet() == 0 }
    }

/**
 * Runs a made-up workflow on real engines, of which each but the last has [trouble], and holds what they did to the
 * [Reference] and the invariants: nothing that is recorded starts again (I2), nothing starts with what is not recorded (I4), what
 * was told is true (I6).
 *
 * @param around what the engines have between them and their store; a store that is as it must be changes nothing
 */
class LiveHarness(
    private val seed: Long,
    private val trouble: Trouble = death,
    private val around: (Store) -> Store = { it },
) {
    private val random = Random(seed)
    private val flow = RandomFlow(seed, isPatient = false)
    private val memory = MemoryStore()
    private val rules = StartRules(memory)
    private val workflow = RandomFlows(watch = rules).build(flow)

    /** Returns how many engines there were. */
    fun check(): Int {
        val troubles = random.nextInt(4)
        try {
            repeat(troubles) { live(trouble.around(memory, random)) }
            live(memory)
            val end = image()
            Reference(end).check(flow)
            ReplayCheck.requireSame(workflow, end)
        } catch (broken: RuntimeException) {
            throw IllegalStateException("seed $seed: ${broken.message}\n  ${flow.parts}", broken)
        }
        return troubles + 1
    }

    private fun image() = Image(memory.find(StartRules.RUN).get(), memory.journal(StartRules.RUN))

    private fun live(store: Store) {
        val before = memory.journal(StartRules.RUN).filter { it.isStepDone() }
        try {
            around(store).engine(workflow).use(::drive)
        } catch (unopened: StoreException) {
            store.close() // it went wrong as the engine was opened
        }
        rules.requireKept()
        val after = memory.journal(StartRules.RUN)
        check(after.containsAll(before)) { "what was recorded is gone, or another value: ${before - after.toSet()}" }
    }

    private fun drive(engine: Engine) {
        val started = engine.startAsync(workflow.name(), StartRules.RUN, "in").handle { run, _ -> run }
        val run = started.soon { "whoever starts a run" } ?: return
        check(memory.find(StartRules.RUN).isPresent) { "a start was acknowledged, and is not recorded" }
        val ended = run.outcome().handle { record, _ -> record }.soon { "whoever asks how it ends" }
        check(ended == null || memory.find(StartRules.RUN).get() == ended) {
            "an end was acknowledged that is not recorded: $ended"
        }
    }
}
