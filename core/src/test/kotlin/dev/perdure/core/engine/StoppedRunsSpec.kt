package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.machine.Driven
import dev.perdure.core.machine.Event
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Write
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** What a store has of a run that stopped where [run] is. */
private fun stopped(
    workflow: Workflow<*, *>,
    run: Driven,
): MemoryStore {
    val begun = Image.begun(workflow, "null").record
    val record =
        RunRecord(
            begun.id(),
            1,
            begun.workflow(),
            begun.version(),
            begun.fingerprint(),
            RunStatus.BLOCKED,
            begun.input(),
            null,
            null,
            null,
            0,
            begun.createdAt(),
            begun.updatedAt(),
            null,
            null,
            null,
            null,
        )
    val store = MemoryStore()
    val lease = store.acquire(EngineIdentity("former", 1, "here"))
    store.commit(lease, listOf(Write.StartRun(record, run.rows())))
    store.release(lease)
    return store
}

/** A run that stopped, and whose trouble is mended, goes on with what it was doing. */
class StoppedRunsSpec :
    FunSpec({
        val isUndoing = CountDownLatch(1)
        val gate = CountDownLatch(1)
        val workflow =
            JavaAuthoring.flow {
                does(
                    "a",
                    undo = {
                        isUndoing.countDown()
                        gate.passed()
                    },
                )
                does("b")
            }

        test("undoing") {
            val run = Driven.begin(workflow)
            run.completes("a")
            run.fails("b")
            stopped(workflow, run).engine(workflow).use { engine ->
                val found = engine.find("r").get()
                isUndoing.passed()
                found.status() shouldBe RunStatus.COMPENSATING
                gate.countDown()
                found.ended().status() shouldBe RunStatus.COMPENSATED
            }
        }

        test("being cancelled") {
            val run = Driven.begin(workflow)
            run.cancel()
            stopped(workflow, run).engine(workflow).use { engine ->
                engine
                    .find("r")
                    .get()
                    .ended()
                    .status() shouldBe RunStatus.CANCELLED
            }
        }

        test("being paused, until it is resumed") {
            val run = Driven.begin(workflow)
            run.on(Event.PauseAsked("wait", run.tick()))
            run.completes("a")
            stopped(workflow, run).engine(workflow).use { engine ->
                val found = engine.find("r").get()
                found.resume().get(10, TimeUnit.SECONDS)
                found.output() shouldBe "b"
            }
        }
    })
