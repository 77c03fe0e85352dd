package dev.perdure.core.engine

import dev.perdure.core.Path
import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.definition.Body
import dev.perdure.core.spi.BodyScope
import dev.perdure.core.spi.TestTask
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import org.slf4j.MDC
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicReference

private fun task(
    hasTimeout: Boolean = false,
    body: () -> Any?,
) = TestTask(BlockingBody { body() }, hasTimeout = hasTimeout)

private fun blockForEver(started: CountDownLatch) {
    started.countDown()
    CountDownLatch(1).await()
}

/** Java bodies on threads of their own, and on the thread of the code that waits for them. */
class ThreadBodyScopesSpec :
    FunSpec({
        timeout = 60_000
        val scopes = autoClose(ThreadBodyScopes())
        val scope = scopes.open("run", "flow")

        test("it runs Java bodies only") {
            scopes.supports(BlockingBody::class.java) shouldBe true
            scopes.supports(Body::class.java) shouldBe false
        }

        test(
            "code on whose thread a step runs is cancelled: the step is too, and the code's thread stays interrupted",
        ) {
            val started = CountDownLatch(1)
            val step = task { blockForEver(started) }
            val code =
                task {
                    val hasRun = scope.run(step) {}
                    hasRun to Thread.currentThread().isInterrupted
                }
            val running = scope.launch(code)
            started.passed()
            running.cancel()
            step.ended() shouldBe TestTask.Cancelled
            code.ended() shouldBe TestTask.Completed(true to true)
            step.outcomes.size shouldBe 1
        }

        test("a step that is cancelled by itself leaves the code that waits for it alone") {
            val running = CompletableFuture<BodyScope.RunningBody>()
            val started = CountDownLatch(1)
            val step = task { blockForEver(started) }
            val code =
                task {
                    scope.run(step, running::complete)
                    Thread.currentThread().isInterrupted
                }
            scope.launch(code)
            started.passed()
            running.join().cancel()
            step.ended() shouldBe TestTask.Cancelled
            code.ended() shouldBe TestTask.Completed(false)
        }

        test("a failure of a step on its code's thread is the step's, and the code goes on") {
            val step = task { error("broken") }
            val code = task { scope.run(step) {} }
            scope.launch(code)
            step.ended() shouldBe TestTask.Failed(IllegalStateException::class)
            code.ended() shouldBe TestTask.Completed(true)
        }

        test("a body that returns in spite of its cancel has completed") {
            val started = CountDownLatch(1)
            val stubborn =
                task {
                    try {
                        blockForEver(started)
                    } catch (_: InterruptedException) {
                        "done"
                    }
                }
            val running = scope.launch(stubborn)
            started.passed()
            running.cancel()
            stubborn.ended() shouldBe TestTask.Completed("done")
        }

        test("a step that is cancelled as it begins does not run") {
            var hasRun = false
            val step = task { hasRun = true }
            val code = task { scope.run(step) { it.cancel() } }
            scope.launch(code)
            step.ended() shouldBe TestTask.Cancelled
            code.ended() shouldBe TestTask.Completed(true)
            hasRun shouldBe false
        }

        test("a step runs elsewhere that has a timeout, is of no code, or of code that was interrupted") {
            val refused = task(hasTimeout = true) { "not run" }
            scope.run(refused) { error("begun") } shouldBe false
            val code =
                task {
                    val isTimedRun = scope.run(refused) { error("begun") }
                    Thread.currentThread().interrupt()
                    listOf(isTimedRun, scope.run(task { "not run" }) { error("begun") })
                }
            scope.launch(code)
            code.ended() shouldBe TestTask.Completed(listOf(false, false))
            refused.outcomes.size shouldBe 0
        }

        test("a step leaves its code the logging context that it found") {
            val seen = AtomicReference<String>()
            val code =
                task {
                    MDC.put("own", "of the code")
                    scope.run(task { seen.set(MDC.get("perdure.path")) }) {}
                    MDC.get("own")
                }
            scope.launch(code)
            code.ended() shouldBe TestTask.Completed("of the code")
            seen.get() shouldBe "step"
        }

        test("cancelling a scope reaches what runs in it and in the scopes within, and not what runs outside") {
            val outer = scopes.open("other", "flow")
            val started = CountDownLatch(3)
            val inside =
                listOf(outer, outer.nested(Path.parse("block"))).map { within ->
                    task { blockForEver(started) }.also { within.launch(it) }
                }
            val gate = CountDownLatch(1)
            val outside =
                task {
                    started.countDown()
                    gate.await()
                }
            scope.launch(outside)
            started.passed()
            outer.cancel()
            inside.map { it.ended() } shouldContainExactly listOf(TestTask.Cancelled, TestTask.Cancelled)
            gate.countDown()
            outside.ended() shouldBe TestTask.Completed(Unit)
            outer.close()
        }
    })
