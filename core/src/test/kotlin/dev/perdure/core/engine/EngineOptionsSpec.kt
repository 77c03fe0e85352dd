package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration

/** What an engine cannot be opened with. */
class EngineOptionsSpec :
    FunSpec({
        fun builder() = Engine.builder(MemoryStore())

        mapOf<String, () -> Any>(
            "maxActiveRuns is 0" to { builder().maxActiveRuns(0) },
            "maxWaitingSignals is 0" to { builder().maxWaitingSignals(0) },
            "retain PT59.999S" to { builder().retain(Duration.ofMillis(59_999)) },
            "pollInterval is PT0.0009S" to { builder().pollInterval(Duration.ofNanos(900_000)) },
        ).forEach { (words, refused) ->
            test("$words is refused, with what is expected") {
                val message = shouldThrow<IllegalArgumentException> { refused() }.message!!
                message shouldContain words
                message shouldContain "expected"
            }
        }

        test("the smallest values are taken") {
            builder()
                .maxActiveRuns(1)
                .maxWaitingSignals(1)
                .retain(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(1))
                .register(flow("a") { does("only") })
                .open()
                .use { it.start("a", "r", null).output() shouldBe "only" }
        }

        test(
            "one workflow may be registered twice, two of one name and version may not, nor one of the library's names",
        ) {
            val one = flow("a") { does("only") }
            builder().register(one, one).open().close()
            val twice = shouldThrow<PerdureException> { builder().register(one, flow("a") { does("other") }).open() }
            twice.code() shouldBe ErrorCode.INVALID_ARGUMENT
            twice.message shouldContain "\"a\" version 1"
        }

        test("a version that is not registered is named where it is asked for") {
            val calling =
                flow("caller") {
                    call("kid", "a", 7, Any::class.java) { null }
                    does("end")
                }
            builder().register(calling, flow("a") { does("only") }).open().use { engine ->
                val failure = engine.start("caller", "r", null).ended().failure()
                failure.message() shouldContain "no version 7 of workflow \"a\""
            }
        }
    })
