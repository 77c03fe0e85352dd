package dev.perdure.core.definition

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.ValueType
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Instant

class ValueTypesSpec :
    FunSpec({
        @Suppress("UNCHECKED_CAST")
        val int = Codecs.standard().typeOf(Int::class.javaObjectType) as ValueType<Int>
        val at = Instant.ofEpochMilli(1_700_000_000_123)

        fun <T> ValueType<T>.roundTrip(value: T): T = decode(Plain.of(encode(value)))

        test("a list's elements are of its element's type, null where that allows it") {
            val list = ValueTypes.listOf(ValueTypes.orNull(int))
            list.encode(listOf(1, null)) shouldBe listOf(1L, null)
            list.roundTrip(listOf(1, null, 3)) shouldBe listOf(1, null, 3)
            list.name() shouldBe "List<Integer>"
            shouldThrow<PerdureException> { list.decode("no list") }.code() shouldBe ErrorCode.NOT_DECODABLE
            shouldThrow<PerdureException> { list.decode(null) }.message shouldContain
                "expected List<Integer>, found null"
        }

        test("signals are read as what they brought, under their names") {
            val any = ValueTypes.anySignal(int)
            any.decode(mapOf("signal" to "left", "value" to 3L)) shouldBe ReceivedSignal("left", 3)
            any.roundTrip(ReceivedSignal("right", 4)) shouldBe ReceivedSignal("right", 4)
            val all = ValueTypes.allSignals(int)
            all.roundTrip(mapOf("left" to 1, "right" to 2)).toList() shouldBe listOf("left" to 1, "right" to 2)
            shouldThrow<PerdureException> { any.decode(mapOf("value" to 3L)) }.message shouldContain
                "does not fit ReceivedSignal<Integer> at signal; expected String, found null"
        }

        test("an answer says who, what and when; only who and the comment may be missing") {
            val type = ValueTypes.APPROVAL_ANSWER
            val answer = ApprovalAnswer("yes", "ada", "fine", at)
            type.encode(answer) shouldBe
                mapOf("choice" to "yes", "by" to "ada", "comment" to "fine", "at" to 1_700_000_000_123)
            type.roundTrip(answer) shouldBe answer
            type.roundTrip(ApprovalAnswer("no", null, null, at)) shouldBe ApprovalAnswer("no", null, null, at)
            shouldThrow<PerdureException> { type.decode(mapOf("choice" to "yes")) }.code() shouldBe
                ErrorCode.NOT_DECODABLE
        }

        test("a request is recorded with its choices, its metadata through the codec") {
            val type = ValueTypes.approvalRequest(Codecs.standard(), listOf("yes", "no"))
            type.encode(ApprovalRequest("Pay?", mapOf("amount" to 12, "by" to null))) shouldBe
                mapOf(
                    "prompt" to "Pay?",
                    "metadata" to mapOf("amount" to 12L, "by" to null),
                    "choices" to listOf("yes", "no"),
                )
            type.roundTrip(ApprovalRequest("Pay?", mapOf("amount" to 12L))) shouldBe
                ApprovalRequest("Pay?", mapOf("amount" to 12L))
            shouldThrow<PerdureException> { type.encode(ApprovalRequest("?", mapOf("t" to Thread.currentThread()))) }
                .code() shouldBe ErrorCode.NOT_ENCODABLE
        }
    })
