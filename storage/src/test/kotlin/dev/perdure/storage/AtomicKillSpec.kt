package dev.perdure.storage

import dev.perdure.core.StepStatus
import dev.perdure.core.engine.ChildProcess
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.statuses
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.OpenTransaction
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Transactions
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import dev.perdure.dsl.engine
import dev.perdure.dsl.workflow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import org.jetbrains.exposed.v1.jdbc.insert
import java.nio.file.Path
import java.time.Duration

/** Where a JVM dies in the course of an atomic step. */
internal enum class Death { AFTER_BODY, BEFORE_COMMIT, AFTER_COMMIT, NEVER }

/** A process that works on a run with an atomic step, and halts at one moment of it: `<store> <death>`. */
internal object KilledAtomicRun {
    const val HALTED = 9

    private val effects = Effects("effects")

    val workflow =
        workflow<Unit, String>("killed") {
            step("before") { 1 }
            atomic("debit") {
                effects.insert { it[label] = "debit" }
                "done"
            }
            step("after") { "end" }
        }

    @JvmStatic
    fun main(arguments: Array<String>) {
        val store = SqliteStore.open(Path.of(arguments[0]))
        DyingStore(store, Death.valueOf(arguments[1])).engine(workflow).use { engine ->
            engine.start("killed", "r", Unit).endsCompleted()
        }
    }

    fun dieAt(
        moment: Death,
        death: Death,
    ) {
        if (moment == death) Runtime.getRuntime().halt(HALTED)
    }
}

private class DyingStore(
    private val store: Store,
    private val death: Death,
) : Store by store {
    override fun transactions(): Transactions =
        object : Transactions {
            override fun isExclusive(): Boolean = store.transactions()!!.isExclusive

            override fun run(
                lease: Lease,
                limit: Duration,
                work: Transactions.Work,
            ) {
                store.transactions()!!.run(lease, limit, Dying(work))
                KilledAtomicRun.dieAt(Death.AFTER_COMMIT, death)
            }
        }

    private inner class Dying(
        private val work: Transactions.Work,
    ) : Transactions.Work {
        override fun body(transaction: OpenTransaction): List<Write> =
            work.body(transaction).also { KilledAtomicRun.dieAt(Death.AFTER_BODY, death) }

        override fun written(results: List<WriteResult>) {
            work.written(results)
            KilledAtomicRun.dieAt(Death.BEFORE_COMMIT, death)
        }
    }
}

/** An atomic step happens exactly once, whenever its JVM dies. */
class AtomicKillSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        Death.entries.forEach { death ->
            test("the effect is there once, and with its record, when the JVM dies: $death") {
                val file = directory.newFile()
                execute(file, "CREATE TABLE effects (label TEXT)")
                val exit = ChildProcess.start(directory.path, KilledAtomicRun::class.java, file, death).awaitExit()
                exit shouldBe if (death == Death.NEVER) 0 else KilledAtomicRun.HALTED
                val isRecorded = death == Death.AFTER_COMMIT || death == Death.NEVER
                query(file, "SELECT label FROM effects").size shouldBe if (isRecorded) 1 else 0
                SqliteStore.open(file).engine(KilledAtomicRun.workflow).use { engine ->
                    val run = engine.start("killed", "r", Unit).endsCompleted()
                    run.statuses("debit").last() shouldBe StepStatus.COMPLETED
                    if (isRecorded) run.statuses("debit").shouldContainExactly(StepStatus.COMPLETED)
                }
                query(file, "SELECT label FROM effects").shouldContainExactly("debit")
            }
        }
    })
