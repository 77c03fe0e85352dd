package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Branch
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.takeWhile
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.serialization.Serializable
import kotlin.time.Duration.Companion.seconds

class EngineDslSpec :
    FunSpec({
        timeout = 60_000

        test("a run yields what its graph says, through the codec at each step") {
            MemoryStore().engine(onboarding()).use { engine ->
                val run = engine.start("onboard_user", NewUser("Ada"), id = "user-42")
                run.await<Welcome>() shouldBe Welcome("id-Ada", "mail to id-Ada, card of id-Ada/account")
                run.id() shouldBe "user-42"
                engine.start("onboard_user", NewUser("Ada"), id = "user-42").await<Welcome>().user shouldBe "id-Ada"
                engine.start(onboarding(), NewUser("Bob")).await<Welcome>().user shouldBe "id-Bob"
                shouldThrow<PerdureException> {
                    engine.start(
                        "onboard_user",
                        NewUser("Eve"),
                        id = "user-42",
                    )
                }.code() shouldBe
                    ErrorCode.RUN_CONFLICT
                shouldThrow<PerdureException> { run.await<Int>() }.code() shouldBe ErrorCode.INVALID_ARGUMENT
            }
        }

        test("steps share by context, and a merge of one's own sees what each branch changed") {
            val counts =
                workflow("counts") {
                    step("before") { put("total", 1L) }
                    parallel(merge = Collect, onError = CompleteAll) {
                        step("orders") { put("count", 1) }
                        step("users") { put("count", 2) }
                    }
                    parallel {
                        step("a") { put("n", 3) }
                        step("b") {
                            append("list", Label("b"))
                            increment("n", 4)
                        }
                        merge { branches ->
                            increment("total", branches.sumOf { it.getOrNull<Int>("n") ?: 0 })
                            put("items", branches.flatMap { it.getOrNull<List<Label>>("list").orEmpty() })
                        }
                    }
                    step("after") {
                        put("seen", get<List<Label>>("items").single().name)
                        put("none", getOrNull<Int>("absent"))
                        put("nothing", null)
                        remove("before")
                    }
                }
            MemoryStore().engine(counts).use { engine ->
                val run = engine.start("counts")
                run.await<Unit>() shouldBe Unit
                run.context() shouldBe
                    mapOf(
                        "total" to 8L,
                        "parallel_results" to mapOf("orders" to mapOf("count" to 1L), "users" to mapOf("count" to 2L)),
                        "items" to listOf(mapOf("name" to "b")),
                        "seen" to "b",
                        "none" to null,
                        "nothing" to null,
                    )
            }
        }

        test("a failed branch is readable in the join and after it") {
            val partial =
                workflow<Unit, String>("partial") {
                    val (good, bad) =
                        parallel("tries", onError = CompleteAll) {
                            val good = step("good") { 1 }
                            val bad = step<Int>("bad") { error("no luck") }
                            merge { }
                            Both(good, bad, join { "${good()} and ${bad.orNull()}: ${error(bad)?.message()}" })
                        }.let { it.joined to it.bad }
                    step("after") { "${good()} / ${error(bad)?.message()}" }
                }
            MemoryStore().engine(partial).use { engine ->
                engine.start(partial, Unit).await<String>() shouldBe "1 and null: no luck / no luck"
            }
        }

        test("reading what may not exist yet fails the step and says what may be read") {
            val leaky =
                workflow<Unit, Int>("leaky") {
                    lateinit var inner: Ref<Int>
                    parallel("block") {
                        branch("first") { step("inner") { 1 }.also { inner = it } }
                        branch("second") { step("reader") { inner() } }
                        join { 1 }
                    }
                }
            MemoryStore().engine(leaky).use { engine ->
                shouldThrow<RunFailedException> {
                    engine
                        .start(
                            leaky,
                            Unit,
                        ).await<Int>()
                }.message.orEmpty() shouldContain
                    "\"block/second/reader\" reads \"block/first/inner\", whose output may not exist yet"
            }
        }

        test("a failure is retried as the policy says, and then is the run's") {
            val attempts = mutableListOf<Int>()
            val failing =
                workflow("failing") {
                    step<Unit>("fails", retry = fixed(3, 0.seconds)) {
                        attempts += attempt
                        idempotencyKey shouldBe "$runId/$path"
                        error("attempt $attempt")
                    }
                }
            MemoryStore().engine(failing).use { engine ->
                val failed = shouldThrow<RunFailedException> { engine.start("failing").await<Unit>() }
                failed.status() shouldBe RunStatus.FAILED
                failed.message.orEmpty() shouldContain "attempt 3"
                attempts shouldContainExactly listOf(1, 2, 3)
            }
        }

        test("cancelling the one who waits leaves the run alone; cancelling the run ends its bodies") {
            val started = CompletableDeferred<Unit>()
            val gate = CompletableDeferred<Unit>()
            val waiting =
                workflow<Unit, Int>("waiting") {
                    step("wait") {
                        started.complete(Unit)
                        gate.await()
                        1
                    }
                }
            MemoryStore().engine(waiting).use { engine ->
                val run = engine.start(waiting, Unit)
                started.await()
                coroutineScope {
                    val waiter = async(start = CoroutineStart.UNDISPATCHED) { run.await<Int>() }
                    waiter.cancelAndJoin()
                }
                gate.complete(Unit)
                run.await<Int>() shouldBe 1
                run.cancelAndJoin("too late").status() shouldBe RunStatus.COMPLETED
            }
        }

        test("a cancelled run is awaited in vain") {
            val started = CompletableDeferred<Unit>()
            val endless =
                workflow<Unit, Int>("endless") {
                    step<Unit>("wait") {
                        started.complete(Unit)
                        awaitCancellation()
                    }
                    step("never") { 1 }
                }
            MemoryStore().engine(endless).use { engine ->
                val run = engine.start(endless, Unit)
                started.await()
                run.cancelAndJoin("the customer left").status() shouldBe RunStatus.CANCELLED
                shouldThrow<RunFailedException> { run.await<Int>() }.status() shouldBe RunStatus.CANCELLED
            }
        }

        test("events are a flow, and progress is a state of it") {
            val gate = CompletableDeferred<Unit>()
            val gated =
                workflow("gated") {
                    step("first") { }
                    parallel {
                        step("held") { gate.await() }
                        step("free") { }
                    }
                }
            MemoryStore().engine(gated).use { engine ->
                coroutineScope {
                    val events =
                        async(start = CoroutineStart.UNDISPATCHED) {
                            engine.events().takeWhile { it !is EngineEvent.RunEnded }.toList()
                        }
                    val run = engine.start("gated", id = "r")
                    val progress = run.progress(this)
                    val held = progress.first { it.recorded.size == 2 && it.running.size == 1 }
                    held.status shouldBe RunStatus.RUNNING
                    held.total shouldBe 3
                    held.running.map { it.toString() } shouldContainExactly listOf("parallel-1/held")
                    gate.complete(Unit)
                    val ended = progress.first { it.status.isTerminal }
                    ended.status shouldBe RunStatus.COMPLETED
                    ended.recorded.map { it.toString() } shouldContainExactlyInAnyOrder
                        listOf("first", "parallel-1/held", "parallel-1/free")
                    events.await().filterIsInstance<EngineEvent.StepCompleted>().map {
                        it.path().toString()
                    } shouldContain
                        "parallel-1/held"
                    run.progress(this).value shouldBe ended
                }
            }
        }
    })

private class Both(val good: Branch<Int>, val bad: Branch<Int>, val joined: Ref<String>)

private fun onboarding(): Workflow<NewUser, Welcome> =
    workflow<NewUser, Welcome>("onboard_user", version = 1) {
        val user = step("create_user") { User("id-${input.name}") }
        val setup =
            parallel("setup", retry = exponential(maxAttempts = 5, initial = 1.seconds), maxParallelism = 2) {
                val mail = step("welcome_email") { "mail to ${user().id}" }
                val space = step("workspace", timeout = 30.seconds) { user().id.length }
                val billing =
                    branch("billing") {
                        val account = step("account") { "${user().id}/account" }
                        step("card") { "card of ${account()}" }
                    }
                join { Setup(mail(), space(), billing()) }
            }
        step("done") { Welcome(user().id, "${setup().mail}, ${setup().billing}") }
    }

@Serializable
private data class NewUser(val name: String)

@Serializable
private data class User(val id: String)

@Serializable
private data class Setup(val mail: String, val space: Int, val billing: String)

@Serializable
private data class Welcome(val user: String, val text: String)

@Serializable
private data class Label(val name: String)
