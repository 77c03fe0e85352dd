package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.definition.Body
import dev.perdure.core.spi.BodyScopes
import dev.perdure.core.spi.TestTask
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.types.shouldBeInstanceOf
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.slf4j.MDC
import java.util.Collections
import java.util.ServiceLoader
import java.util.concurrent.CountDownLatch
import kotlin.coroutines.AbstractCoroutineContextElement
import kotlin.coroutines.CoroutineContext

/** A coroutine, and how it ended. */
private fun TestTask(
    path: String = "step",
    onEnd: () -> Unit = {},
    body: suspend () -> Any?,
): TestTask = TestTask(SuspendBody { body() }, path, onEnd = onEnd)

class CoroutineBodyScopesSpec :
    FunSpec({
        timeout = 60_000
        val scopes = autoClose(CoroutineBodyScopes())
        val run = scopes.open("run", "flow")

        test("the engine finds it for Kotlin bodies and leaves Java ones alone") {
            val found = ServiceLoader.load(BodyScopes::class.java).single { it is CoroutineBodyScopes }
            found.supports(SuspendBody { }::class.java) shouldBe true
            found.supports(BlockingBody::class.java) shouldBe false
            found.supports(Body::class.java) shouldBe false
            found.close()
        }

        test("a body completes with what it returned, on another thread than its starter's") {
            val starter = Thread.currentThread()
            val task = TestTask { Thread.currentThread() !== starter }
            run.launch(task)
            task.ended() shouldBe TestTask.Completed(true)
        }

        test("a dispatcher that runs bodies in place is refused") {
            shouldThrow<IllegalArgumentException> { CoroutineBodyScopes(Dispatchers.Unconfined) }
        }

        test("whatever a body throws is its failure, errors of the JVM included") {
            fun overflow(depth: Int): Int = overflow(depth + 1) + 1
            val thrown = listOf<Throwable>(IllegalStateException("a"), AssertionError("b"), OutOfMemoryError("c"))
            thrown.forEach { one ->
                val task = TestTask { throw one }
                run.launch(task)
                task.ended().shouldBeInstanceOf<TestTask.Failed>().type shouldBe one::class
            }
            val deep = TestTask { overflow(0) }
            run.launch(deep)
            deep.ended() shouldBe TestTask.Failed(StackOverflowError::class)
        }

        test("a CancellationException of the user's own is a failure, as is a timeout inside the body") {
            val own = TestTask { throw CancellationException("mine") }
            val late = TestTask { withTimeout(1) { awaitCancellation() } }
            val sibling = TestTask { CompletableDeferred<Int>().apply { cancel() }.await() }
            listOf(own, late, sibling).forEach { run.launch(it) }
            own.ended() shouldBe TestTask.Failed(CancellationException::class)
            late.ended() shouldBe TestTask.Failed(TimeoutCancellationException::class)
            sibling.ended().shouldBeInstanceOf<TestTask.Failed>()
        }

        test("a body has not ended before the coroutines that it launched have") {
            val gate = CompletableDeferred<Unit>()
            val order = Collections.synchronizedList(mutableListOf<String>())
            val task =
                TestTask(onEnd = { order += "ended" }) {
                    CoroutineScope(currentCoroutineContext()).launch {
                        gate.await()
                        order += "child"
                    }
                    order += "body"
                }
            run.launch(task)
            val other = TestTask { while (order.isEmpty()) yield() }
            run.launch(other)
            other.ended()
            task.outcomes.size shouldBe 0
            gate.complete(Unit)
            task.ended().shouldBeInstanceOf<TestTask.Completed>()
            order shouldContainExactly listOf("body", "child", "ended")
        }

        test("a child's failure is the body's, and no one else's") {
            val bystander = TestTask { yield() }
            val task =
                TestTask {
                    CoroutineScope(currentCoroutineContext()).launch { error("child") }
                    awaitCancellation()
                }
            run.launch(task)
            task.ended() shouldBe TestTask.Failed(IllegalStateException::class)
            run.launch(bystander)
            bystander.ended().shouldBeInstanceOf<TestTask.Completed>()
        }

        test("a cancel reaches the body and its children, and is reported after both have ended") {
            val started = CompletableDeferred<Unit>()
            val cleaned = CompletableDeferred<Unit>()
            val task =
                TestTask {
                    CoroutineScope(currentCoroutineContext()).launch {
                        try {
                            started.complete(Unit)
                            awaitCancellation()
                        } finally {
                            withContext(NonCancellable) { yield() }
                            cleaned.complete(Unit)
                        }
                    }
                    awaitCancellation()
                }
            val running = run.launch(task)
            started.await()
            repeat(3) { running.cancel() }
            task.ended() shouldBe TestTask.Cancelled
            cleaned.isCompleted shouldBe true
            task.outcomes.size shouldBe 1
        }

        test("a body that returns in spite of a cancel has completed; one that throws was cancelled") {
            listOf<suspend () -> Any?>({ 7 }, { error("while cleaning up") }).map { ending ->
                val started = CompletableDeferred<Unit>()
                val task =
                    TestTask {
                        try {
                            started.complete(Unit)
                            awaitCancellation()
                        } catch (_: CancellationException) {
                            ending()
                        }
                    }
                val running = run.launch(task)
                started.await()
                running.cancel()
                task.ended()
            } shouldContainExactly listOf(TestTask.Completed(7), TestTask.Cancelled)
        }

        test("cancelling a scope cancels what is nested in it and lets nothing more start") {
            val outer = scopes.open("other", "flow")
            val block = outer.nested(Path.parse("block"))
            val deeper = block.nested(Path.parse("block/deeper"))
            val waiting =
                listOf(block, deeper).map { scope ->
                    TestTask { awaitCancellation() }.also { scope.launch(it) }
                }
            val outside = TestTask { awaitCancellation() }
            val runningOutside = outer.launch(outside)
            block.cancel()
            waiting.map { it.ended() } shouldContainExactly listOf(TestTask.Cancelled, TestTask.Cancelled)
            var ran = false
            val late = TestTask { ran = true }
            deeper.launch(late)
            late.ended() shouldBe TestTask.Cancelled
            ran shouldBe false
            outside.outcomes.size shouldBe 0
            runningOutside.cancel()
            outside.ended() shouldBe TestTask.Cancelled
        }

        test("closing a scope cancels nothing; closing the provider does") {
            val own = CoroutineBodyScopes()
            val scope = own.open("run", "flow")
            val gate = CompletableDeferred<Int>()
            val first = TestTask { gate.await() }
            scope.launch(first)
            scope.close()
            scope.close()
            gate.complete(1)
            first.ended() shouldBe TestTask.Completed(1)
            val second = TestTask { awaitCancellation() }
            own.open("other", "flow").launch(second)
            own.close()
            second.ended() shouldBe TestTask.Cancelled
        }

        test("each body has a logging context of its own, which no thread keeps") {
            val meet = CompletableDeferred<Unit>()
            MDC.put("perdure.run", "the starter's")
            val tasks =
                (1..8).map { number ->
                    TestTask(path = "step-$number") {
                        MDC.put("mine", "$number")
                        if (number == 8) meet.complete(Unit) else meet.await()
                        MDC.get("perdure.path")
                    }.also { run.launch(it) }
                }
            tasks.map { it.ended() } shouldContainExactly (1..8).map { TestTask.Completed("step-$it") }
            MDC.get("perdure.run") shouldBe "the starter's"
            MDC.remove("perdure.run")
        }

        test("elements that the user gives flow down to bodies and their children") {
            val own = autoClose(CoroutineBodyScopes(Dispatchers.Default + Tag("t")))
            val task =
                TestTask(path = "a/b") {
                    withContext(Dispatchers.IO) { currentCoroutineContext()[Tag]?.text } to
                        currentCoroutineContext()[CoroutineName]?.name
                }
            own.open("run", "flow").nested(Path.parse("a")).launch(task)
            task.ended() shouldBe TestTask.Completed("t" to "flow/a/b")
        }

        test("ten thousand suspended bodies hold no thread") {
            val gate = CompletableDeferred<Unit>()
            val suspended = CountDownLatch(MANY)
            val before = Thread.getAllStackTraces().size
            val tasks =
                List(MANY) {
                    TestTask {
                        suspended.countDown()
                        gate.await()
                    }.also { run.launch(it) }
                }
            suspended.await()
            (Thread.getAllStackTraces().size - before < 64) shouldBe true
            gate.complete(Unit)
            tasks.forEach { it.ended() shouldNotBe TestTask.Cancelled }
        }
    })

private const val MANY = 10_000

private class Tag(val text: String) : AbstractCoroutineContextElement(Tag) {
    companion object : CoroutineContext.Key<Tag>
}
