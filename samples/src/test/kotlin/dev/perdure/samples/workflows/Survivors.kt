package dev.perdure.samples.workflows

import dev.perdure.core.StepStatus
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.RunEnd
import dev.perdure.core.engine.end
import dev.perdure.core.engine.engine
import dev.perdure.core.journal.Row
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Store
import dev.perdure.samples.onboarding.EffectKind
import dev.perdure.samples.onboarding.EffectsLedger
import dev.perdure.storage.SqliteStore
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.ConcurrentHashMap

/** What a killed [KilledSamples] left in a directory: the store, what it had told, and what bodies did. */
internal class Survivors(
    private val directory: Path,
    private val name: String,
    private val runs: Int,
) {
    private val effects = directory.resolve("effects")

    /**
     * Goes on with the runs, to their ends. Returns how much had been recorded.
     *
     * @throws IllegalStateException when anything is lost, has changed, ran again, or ends otherwise
     */
    fun check(): Int {
        val started = ConcurrentHashMap.newKeySet<String>()
        val listener =
            EngineListener { event ->
                if (event is EngineEvent.StepStarted) started += "${event.runId()} ${event.path()}"
            }
        val store = SqliteStore.open(directory.resolve("store.db"))
        val before = recorded(store)
        requireTold(store, before.keys)
        EffectsLedger.open(effects, 2).use { ledger ->
            val sample = samples(ledger).getValue(name)
            store.engine(sample.workflow) { listener(listener) }.use { engine ->
                val ends = work(engine, sample, runs)
                check(ends == undisturbed(name, runs)) { "the runs end otherwise: $ends" }
                requireSound(recorded(store), before, store)
            }
        }
        val bodies = EffectsLedger.read(effects).filter { it.life == 2 && it.kind == EffectKind.START }
        val again = (started + bodies.map { "${it.key}" }) intersect before.keys
        check(again.isEmpty()) { "recorded steps ran again: $again" }
        return before.size
    }

    /** What listeners heard was durable before. */
    private fun requireTold(
        store: Store,
        recorded: Set<String>,
    ) {
        val told = directory.resolve("told")
        val lines = if (Files.exists(told)) Files.readAllLines(told) else emptyList()
        val lost =
            lines.filterNot { line ->
                val (what, id) = line.split(' ', limit = 2)
                when (what) {
                    "run" -> {
                        store.find(id).isPresent
                    }

                    "step" -> {
                        id in recorded
                    }

                    "end" -> {
                        store
                            .find(id)
                            .get()
                            .status()
                            .isTerminal
                    }

                    else -> {
                        true
                    }
                }
            }
        check(lost.isEmpty()) { "was told, and is lost: $lost" }
    }

    private fun requireSound(
        after: Map<String, List<Row>>,
        before: Map<String, List<Row>>,
        store: Store,
    ) {
        val changed = before.filterNot { (step, rows) -> after[step] == rows }.keys
        check(changed.isEmpty()) { "recorded steps are lost, changed or there twice: $changed" }
        val twice = after.filterValues { it.size > 1 }.keys
        check(twice.isEmpty()) { "steps have two successes: $twice" }
        val open = List(runs) { store.journal("r$it") }.flatten().filter { it.status() == StepStatus.RUNNING }
        check(open.isEmpty()) { "rows are left open: $open" }
    }

    private fun recorded(store: Store): Map<String, List<Row>> =
        List(runs) { "r$it" }
            .flatMap { id -> store.journal(id).filter { it.status() == StepStatus.COMPLETED }.map { id to it } }
            .groupBy({ (id, row) -> "$id ${row.path()}" }, { it.second })

    companion object {
        val names: List<String> = listOf("onboard_user", "dashboard_data", "notify_all", "console", "kotlin", "java")

        private val ends = ConcurrentHashMap<Pair<String, Int>, List<RunEnd>>()

        private fun undisturbed(
            name: String,
            runs: Int,
        ): List<RunEnd> =
            ends.computeIfAbsent(name to runs) {
                val ledger = Files.createTempFile("effects", ".log")
                val found =
                    EffectsLedger.open(ledger, 1).use { effects ->
                        val sample = samples(effects).getValue(name)
                        MemoryStore().engine(sample.workflow).use { work(it, sample, runs) }
                    }
                Files.delete(ledger)
                found
            }

        fun work(
            engine: Engine,
            sample: Sample,
            runs: Int,
        ): List<RunEnd> =
            List(runs) { engine.startAsync(sample.workflow.name(), "r$it", sample.input) }.map { it.join().end() }

        /** How often a run of the sample calls its store. */
        fun callsOf(
            directory: Path,
            name: String,
        ): Int =
            EffectsLedger.open(directory.resolve("effects"), 1).use { effects ->
                val sample = samples(effects).getValue(name)
                val counted = CountedStore(SqliteStore.open(directory.resolve("store.db")))
                counted.store.engine(sample.workflow).use { work(it, sample, 1) }
                counted.calls.get()
            }
    }
}
