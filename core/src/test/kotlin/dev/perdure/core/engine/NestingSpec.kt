package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.SequenceBuilder
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.util.concurrent.CountDownLatch

class NestingSpec :
    FunSpec({
        fun nest(
            sequence: SequenceBuilder<Any>,
            depth: Int,
            innermost: () -> Unit,
        ) {
            if (depth == 0) {
                sequence.does("innermost") { s ->
                    innermost()
                    s.append("seen", "innermost")
                }
                return
            }
            sequence.together("block") {
                branch("deeper") { b ->
                    nest(b, depth - 1, innermost)
                    b.does("after") { s -> s.increment("ends", 1) }
                }
                does("beside")
            }
        }

        fun deep(innermost: () -> Unit) =
            flow("deep") {
                nest(this, Workflow.MAX_NESTING, innermost)
                does("end")
            }

        test("64 nested blocks run, and resume from a crash at the bottom") {
            val store = MemoryStore()
            val n = Ledger()
            val workflow = deep { n.ran("innermost") }
            val crashing =
                CrashingStore(store) { batch ->
                    batch.any { write ->
                        write is dev.perdure.core.spi.Write.Append &&
                            write.rows().any { it.path().endsWith("innermost") }
                    }
                }
            crashing.engine(workflow).use {
                it.startAsync("deep", "r", null)
                crashing.awaitCrash()
            }
            store.engine(workflow).use { engine ->
                val context =
                    engine
                        .find("r")
                        .get()
                        .endsCompleted()
                        .context()
                context["ends"] shouldBe 64L
                context["seen"] shouldBe listOf("innermost")
                n["innermost"] shouldBe 1
            }
        }

        test("64 nested blocks are cancelled from the top to the bottom") {
            val started = CountDownLatch(1)
            val workflow =
                deep {
                    started.countDown()
                    CountDownLatch(1).await()
                }
            MemoryStore().engine(workflow).use { engine ->
                val run = engine.start("deep", "r", null)
                started.passed()
                run.cancel("enough").get() shouldBe true
                run.ended().status() shouldBe RunStatus.CANCELLED
                val innermost = run.journal().filter { it.path().endsWith("innermost") }
                innermost.map { it.status() } shouldContainExactly listOf(StepStatus.CANCELLED)
                run.journal().count { it.kind() == "parallel" && it.status() == StepStatus.CANCELLED } shouldBe 64
            }
        }
    })
