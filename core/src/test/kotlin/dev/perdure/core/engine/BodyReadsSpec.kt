package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.engine.HandMade.read
import dev.perdure.core.machine.block
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** What bodies read that is not there. */
class BodyReadsSpec :
    FunSpec({
        fun failure(vararg nodes: Node) =
            MemoryStore().engine(HandMade.workflow(null, *nodes)).use { engine ->
                val ended = engine.start("case", "r", null).ended()
                ended.status() shouldBe RunStatus.FAILED
                ended.failure()
            }

        test("an output that is not there yet, or that a failure stands in for, is an error that says which") {
            val early = failure(HandMade.step("a") { read(Path.parse("later")) })
            early.code() shouldBe ErrorCode.NO_VALUE
            early.message() shouldContain "\"a\" reads the output of \"later\", which has none: it did not complete"
            val policy =
                ParallelPolicy(
                    ParallelPolicy.DEFAULT.merge(),
                    ParallelPolicy.OnError.COMPLETE_ALL,
                    null,
                    ParallelPolicy.Remaining.AWAIT,
                    0,
                )
            val tolerant = block("p", HandMade.step("x") { error("no") }, policy = policy)
            val late = failure(tolerant, HandMade.step("a") { read(Path.parse("p/x")) })
            late.code() shouldBe ErrorCode.NO_VALUE
            late.message() shouldContain "\"p/x\", which has none: it failed: "
        }

        test("a step that undoes nothing has nothing to undo") {
            failure(HandMade.step("a") { undone(ValueTypes.PLAIN) }).code() shouldBe ErrorCode.NO_VALUE
        }

        test("a body sees what it has put and removed itself before what was there") {
            val workflow =
                flow("case") {
                    does("a") { it.put("k", 1) }
                    step("b", String::class.java) { s ->
                        val before = s.has("k") to s.has("own")
                        s.remove("k")
                        s.put("own", 2)
                        "$before ${s.has("k") to s.has("own")}"
                    }
                }
            MemoryStore().engine(workflow).use { engine ->
                val run = engine.start("case", "r", null)
                run.output() shouldBe "(true, false) (false, true)"
                run.context() shouldBe mapOf("own" to 2L)
            }
        }
    })
