package dev.perdure.core.definition

import dev.perdure.core.DefinitionException
import dev.perdure.core.journal.Payload
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.string.shouldContain
import java.time.Duration

class HandMadeNodesSpec :
    FunSpec({
        val second = Duration.ofSeconds(1)

        context("refused, though no builder makes it:") {
            val step = Step.of("x", BlockingBody { "" }, ValueTypes.PLAIN, Retry.NONE)
            val none = AwaitSignal.OnTimeout.Yield(Payload.NULL)

            fun wait(
                mode: AwaitSignal.Mode,
                signals: List<String>,
                request: Step?,
            ) = AwaitSignal("n", mode, signals, ValueTypes.PLAIN, null, none, request)
            mapOf<String, Pair<String, Node>>(
                "a decision as a branch" to
                    (
                        "parallel block \"n\" has a decision as a branch" to
                            Parallel("n", listOf(Decide("d", step, listOf())), ParallelPolicy.DEFAULT, null)
                    ),
                "a sleep without an end" to ("needs a duration or a time" to Sleep("n", null, null, false)),
                "a sleep with two ends" to ("needs a duration or a time" to Sleep("n", second, step, false)),
                "a sleep relative to nothing" to ("is relative to nothing" to Sleep("n", second, null, true)),
                "a choice of no clause" to
                    (
                        "otherwise is \"y\", which is no clause of it" to
                            Choose("n", step, listOf(Sequence("x", listOf(step))), "y")
                    ),
                "a signal with a request" to
                    ("signal \"n\" cannot have a request" to wait(AwaitSignal.Mode.ONE, listOf("a"), step)),
                "a wait for one of two" to
                    ("waits for signals [a, b]" to wait(AwaitSignal.Mode.ONE, listOf("a", "b"), null)),
                "a callback without a request" to
                    ("callback \"n\" needs a request" to wait(AwaitSignal.Mode.CALLBACK, listOf(), null)),
                "an approval with a signal" to
                    (
                        "approval \"n\" waits for signals [a]; expected none" to
                            wait(AwaitSignal.Mode.APPROVAL, listOf("a"), step)
                    ),
            ).forEach { (name, case) ->
                test(name) {
                    val draft =
                        Workflow.Draft(
                            "w",
                            1,
                            ValueTypes.NOTHING,
                            ValueTypes.NOTHING,
                            Sequence("w", listOf(case.second)),
                            null,
                            null,
                            PlainCodec(),
                            BlockingBody::class.java,
                        )
                    val refused = shouldThrow<DefinitionException> { Workflow.of(draft, emptyList()) }
                    refused.problems().single() shouldContain case.first
                }
            }
        }
    })
