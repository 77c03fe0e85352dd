package dev.perdure.core.engine

import dev.perdure.core.machine.GlobalCounterKey
import dev.perdure.core.machine.MergeAsEnded
import dev.perdure.core.machine.NameOnlyKey
import dev.perdure.core.machine.RemainingTime
import dev.perdure.core.machine.UncountedReplay
import dev.perdure.core.mutants.Edit
import dev.perdure.core.mutants.Mutant
import dev.perdure.core.spi.Store
import io.kotest.core.spec.style.FunSpec
import java.util.function.LongConsumer
import kotlin.reflect.KClass

/**
 * Tests the tests: each of these defects has to be reported by the harness, within 200 seeds and 50 seconds. All of them with
 * `-Dperdure.mutants=all`; the storage module has two more.
 */
class MutantsSpec :
    FunSpec({
        val isAll = System.getProperty("perdure.mutants") == "all"

        fun mutant(
            name: String,
            isQuick: Boolean = false,
            make: (String) -> Mutant,
        ) {
            if (isAll || isQuick) test("the harness reports: $name") { make(name).requireKilled() }
        }

        fun edited(
            name: String,
            checks: String,
            trial: KClass<out LongConsumer>,
            vararg edits: Pair<String, KClass<*>>,
        ) = Mutant(
            name,
            Regex(checks),
            trial.java.name,
            edits.map { (method, defect) ->
                val owner = "dev.perdure.core.${method.substringBeforeLast('.')}"
                Edit(owner, method.substringAfterLast('.'), defect.java.name)
            },
        )

        fun inStore(
            name: String,
            checks: String,
            harness: (Long, (Store) -> Store) -> Unit,
            defect: (Store) -> Store,
        ) = Mutant(name, Regex(checks), { harness(it) { store -> store } }, { harness(it, defect) })

        val crashes = { seed: Long, defect: (Store) -> Store -> LiveHarness(seed, around = defect).check().let {} }
        val takeovers = { seed: Long, defect: (Store) -> Store -> TakeoverHarness(seed, defect).check().let {} }
        val messages = { seed: Long, defect: (Store) -> Store -> MessageHarness(seed, defect).check().let {} }

        val code = "INCOMPATIBLE, expected \\w+|seed \\d+: \\d+, expected \\d+|a path has two successes"
        val place = "the definition has no such node|the definition would end|steps are recorded that must not run"
        val order = "the context is|saw "
        val unrecorded = "is not recorded"
        val former =
            "another value now, or gone|recorded by a former owner|which is not recorded|the definition would|" +
                "INCOMPATIBLE|are missing or were changed|waits for nothing"
        val uncancelled = "starts after its run's cancel was acknowledged|COMPLETED, expected CANCELLED"

        mutant("global counter key") {
            edited(it, code, CodeTrial::class, "machine.CodeAsks.next" to GlobalCounterKey::class)
        }
        mutant("name-only key", isQuick = true) {
            edited(it, place, SimulatedTrial::class, "machine.SequenceFrame.frameOf" to NameOnlyKey::class)
        }
        mutant("counter not advanced on replay") {
            edited(it, code, CodeTrial::class, "machine.CodeAsks.next" to UncountedReplay::class)
        }
        mutant("merge in completion order") {
            edited(it, order, SimulatedTrial::class, "machine.BranchMerge.merge" to MergeAsEnded::class)
        }
        mutant("acknowledge before commit", isQuick = true) { inStore(it, unrecorded, crashes, ::EarlyAcknowledgement) }
        mutant("overwrite on conflict") { inStore(it, former, takeovers, ::OverwriteOnConflict) }
        mutant("loser keeps its own value") { inStore(it, former, takeovers, ::LoserGoesOn) }
        mutant("no fence", isQuick = true) { inStore(it, former, takeovers, ::NoFence) }
        mutant("retry that repeats a write without a key") {
            inStore(it, "a signal is there twice", messages, ::BlindRetry)
        }
        mutant("signal consumed in its own transaction", isQuick = true) {
            inStore(it, "are gone, and waits have", messages, ::SignalApart)
        }
        mutant("cancel only in memory") { inStore(it, uncancelled, messages, ::UnrecordedCancel) }
        mutant("timer stored as remaining time") {
            val late = "is over after \\d+ ms"
            edited(it, late, SimulatedTrial::class, "machine.WaitFrame.onRecover" to RemainingTime::class)
        }
        mutant("failed branch not recorded") {
            edited(it, place, SimulatedTrial::class, "engine.JournalWriter.write" to UnrecordedFailure::class)
        }
        mutant("decoded copy not used on first run", isQuick = true) {
            val encoded = "engine.BodyRun.encode" to UndecodedCopy::class
            val decoded = "engine.AttemptContext.decode" to UndecodedCopy::class
            edited(it, "read \\d+ itself", LiveTrial::class, encoded, decoded)
        }
    })
