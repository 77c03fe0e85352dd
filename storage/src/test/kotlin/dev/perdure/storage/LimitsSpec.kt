package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.engine.statuses
import dev.perdure.core.payload.AesGcmCodec
import dev.perdure.core.spi.RunQuery
import dev.perdure.dsl.CompleteAll
import dev.perdure.dsl.engine
import dev.perdure.dsl.fixed
import dev.perdure.dsl.workflow
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.optional.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import kotlin.time.Duration.Companion.milliseconds

private const val MIB = 1024 * 1024

/** A text that is [length] characters long as JSON, with its quotes. */
private fun json(length: Int) = "x".repeat(length - 2)

/** The limits that README.md states, at the character where they begin. */
class LimitsSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        mapOf("2 MiB" to 2 * MIB, "8 Mi, which is where it is unless said" to 8 * MIB).forEach { (words, limit) ->
            eachPlace(
                directory,
                "an output at the limit of $words is recorded, one character more fails its step at once",
            ) { place ->
                val n = Ledger()
                val sized =
                    workflow<Int, Int>("sized") {
                        val big =
                            step("big", retry = fixed(5, 1.milliseconds)) {
                                n.ran("$runId big")
                                json(input)
                            }
                        step("after") { big().length }
                    }
                repeat(2) {
                    // the second engine finds both as they are
                    place.open().engine(sized) { if (limit != 8 * MIB) maxPayloadLength(limit) }.use { engine ->
                        engine.start("sized", "at", limit).output() shouldBe limit - 2L
                        val failed = engine.start("sized", "above", limit + 1).ended()
                        failed.status() shouldBe RunStatus.FAILED
                        failed.failure().code() shouldBe ErrorCode.LIMIT_EXCEEDED
                        failed.failure().message() shouldContain "${limit + 1} characters"
                        failed.failure().message() shouldContain "at most $limit"
                        failed.failure().message() shouldContain "maxPayloadLength"
                        failed.failure().message() shouldNotContain "xxx"
                        engine.find("above").get().statuses("big") shouldContainExactly listOf(StepStatus.FAILED)
                    }
                }
                listOf(n["at big"], n["above big"]) shouldBe listOf(1, 1)
            }
        }

        eachPlace(directory, "a run whose rules allow for a failure goes on after an output above the limit") { place ->
            val tolerant =
                workflow<Int, String>("tolerant") {
                    parallel("both", onError = CompleteAll) {
                        step("big") { json(2 * MIB + 1) }
                        step("small") { "fine" }
                    }
                    step("end") { "went on" }
                }
            place.open().engine(tolerant) { maxPayloadLength(2 * MIB) }.use { engine ->
                val run = engine.start("tolerant", "r", 1)
                run.output() shouldBe "went on"
                run.statuses("both/big") shouldContainExactly listOf(StepStatus.FAILED)
                run.statuses("both/small") shouldContainExactly listOf(StepStatus.COMPLETED)
            }
        }

        eachPlace(
            directory,
            "changes, inputs and signals above the limit are refused, and nothing of them is kept",
        ) { place ->
            val writes =
                workflow<String, String>("writes") {
                    step("writes") {
                        put("key", json(2 * MIB + 1))
                        "done"
                    }
                }
            val waits = workflow<String, String>("waits") { awaitSignal<String>("go") }
            place.open().engine(writes, waits) { maxPayloadLength(2 * MIB) }.use { engine ->
                val failed = engine.start("writes", "changes", "").ended()
                failed.failure().code() shouldBe ErrorCode.LIMIT_EXCEEDED
                failed.failure().message() shouldContain "its changes to the context"
                shouldThrow<PerdureException> { engine.start("waits", "input", json(2 * MIB + 1)) }.code() shouldBe
                    ErrorCode.LIMIT_EXCEEDED
                engine.find("input").shouldBeEmpty()
                val run = engine.start("waits", "signal", json(2 * MIB))
                shouldThrow<Exception> { run.signal("go", json(2 * MIB + 1)).get() }
                    .stackTraceToString() shouldContain "at most ${2 * MIB}"
                run.signal("go", json(2 * MIB)).get() shouldBe true
                run.endsCompleted()
            }
        }

        eachPlace(
            directory,
            "the limit counts what the codec of payloads is given, not what it makes of that",
        ) { place ->
            val echo = workflow<String, String>("echo") { step("echo") { input } }
            place
                .open()
                .engine(echo) {
                    maxPayloadLength(1_000)
                    payloadCodec(AesGcmCodec.of("k1", ByteArray(32) { 1 }))
                }.use { it.start("echo", "r", json(1_000)).output() shouldBe json(1_000) }
        }

        eachPlace(
            directory,
            "an id of 200 characters is taken, a longer one and one that could forge a log are refused",
        ) { place ->
            val echo = workflow<Int, Int>("echo") { step("echo") { input } }
            place.open().engine(echo).use { engine ->
                engine.start("echo", "i".repeat(200), 1).output() shouldBe 1L
                listOf("i".repeat(201), "", "a\nb", "a\u0000b", "a\u202eb", "\ud800").forEach { id ->
                    shouldThrow<PerdureException> { engine.start("echo", id, 1) }.code() shouldBe ErrorCode.INVALID_NAME
                }
                engine.list(RunQuery.all()).map { it.id() } shouldContainExactly listOf("i".repeat(200))
            }
        }
    })
