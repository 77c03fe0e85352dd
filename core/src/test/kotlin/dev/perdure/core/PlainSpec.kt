package dev.perdure.core

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import io.kotest.property.checkAll
import java.math.BigDecimal
import java.math.BigInteger
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import java.util.concurrent.atomic.LongAdder

class PlainSpec :
    FunSpec({
        test("what is plain already stays as it is") {
            checkAll(PlainData.anything) { value -> (Plain.of(value) == value) shouldBe true }
        }
        test("each integer has one form, a Long where it fits") {
            listOf<Number>(42, 42.toShort(), 42.toByte(), 42L, BigInteger.valueOf(42), BigDecimal("42")).forEach {
                Plain.ofNumber(it) shouldBe 42L
            }
            Plain.ofNumber(BigInteger.valueOf(Long.MAX_VALUE)) shouldBe Long.MAX_VALUE
            Plain.ofNumber(BigInteger.valueOf(Long.MIN_VALUE)) shouldBe Long.MIN_VALUE
            val above = BigInteger.valueOf(Long.MAX_VALUE) + BigInteger.ONE
            Plain.ofNumber(above) shouldBe above
        }
        test("counters of java.util.concurrent lose no digit") {
            Plain.ofNumber(AtomicLong(9007199254740993)) shouldBe 9007199254740993
            Plain.ofNumber(AtomicInteger(7)) shouldBe 7L
            Plain.ofNumber(LongAdder().apply { add(9007199254740993) }) shouldBe 9007199254740993
        }
        test("a decimal is a Double where the double says the same, else it keeps its scale") {
            Plain.ofNumber(BigDecimal("3.14")) shouldBe 3.14
            Plain.ofNumber(0.1f) shouldBe 0.1
            Plain.ofNumber(BigDecimal("1.10")) shouldBe BigDecimal("1.10")
            Plain.ofNumber(BigDecimal("1E+2")) shouldBe BigDecimal("1E+2")
            Plain.ofNumber(BigDecimal("0.1000000000000000055")) shouldBe BigDecimal("0.1000000000000000055")
        }
        test("NaN and the infinities are strings") {
            Plain.of(listOf(Double.NaN, Double.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)) shouldBe
                listOf("NaN", "Infinity", "-Infinity")
        }
        test("characters and enums are strings, also as keys") {
            Plain.of(mapOf(StepStatus.FAILED to 'x', 7 to StepStatus.NOTED)) shouldBe
                mapOf("FAILED" to "x", "7" to "NOTED")
        }
        test("the copy is the reader's own: it cannot be changed, nor through the original") {
            val original = mutableListOf<Any?>(1L)
            val copy = Plain.of(original).shouldBeInstanceOf<MutableList<Any?>>()
            original += 2L
            copy shouldBe listOf(1L)
            shouldThrow<UnsupportedOperationException> { copy.add(3L) }
        }
        test("a value nested to the limit is taken, one level more is refused, as is a cycle") {
            val deepest = PlainData.nested(Plain.MAX_DEPTH)
            (Plain.of(deepest) == deepest) shouldBe true
            shouldThrow<PerdureException> { Plain.of(PlainData.nested(Plain.MAX_DEPTH + 1)) }.code() shouldBe
                ErrorCode.LIMIT_EXCEEDED
            val cycle = mutableListOf<Any?>()
            cycle.add(cycle)
            shouldThrow<PerdureException> { Plain.of(cycle) }.code() shouldBe ErrorCode.LIMIT_EXCEEDED
        }
        test("what is not plain is refused by the name of its type") {
            val refused = shouldThrow<PerdureException> { Plain.of(listOf(Thread.currentThread())) }
            refused.code() shouldBe ErrorCode.NOT_ENCODABLE
            refused.message shouldContain "java.lang.Thread"
            shouldThrow<PerdureException> { Plain.of(mapOf(null to 1)) }.code() shouldBe ErrorCode.NOT_ENCODABLE
            shouldThrow<PerdureException> { Plain.of(mapOf(listOf(1) to 1)) }.code() shouldBe ErrorCode.NOT_ENCODABLE
        }
        test("two keys that would be written the same are refused, not merged") {
            shouldThrow<PerdureException> { Plain.of(mapOf(1 to "a", "1" to "b")) }.message shouldContain "\"1\""
        }
        test("a number that could not be read back is refused when it is written") {
            val tooLong = BigInteger.TEN.pow(Json.MAX_NUMBER)
            shouldThrow<PerdureException> { Plain.of(tooLong) }.code() shouldBe ErrorCode.LIMIT_EXCEEDED
            shouldThrow<PerdureException> { Plain.of(BigDecimal(tooLong, 3)) }.code() shouldBe ErrorCode.LIMIT_EXCEEDED
            val longest = BigInteger.TEN.pow(Json.MAX_NUMBER - 1)
            Json.read(Json.write(Plain.of(longest))) shouldBe longest
        }
        test("sums of integers and decimals are exact, with a double they are a double") {
            Plain.sum(Long.MAX_VALUE, 1L) shouldBe BigInteger.ONE.shiftLeft(63)
            Plain.sum(BigInteger.ONE.shiftLeft(63), -1L) shouldBe Long.MAX_VALUE
            Plain.sum(BigDecimal("1.10"), BigDecimal("2.20")) shouldBe BigDecimal("3.30")
            Plain.sum(1L, 0.5) shouldBe 1.5
        }
        test("a sum out of range is refused before it costs anything") {
            listOf<Pair<Number, Number>>(
                Double.MAX_VALUE to Double.MAX_VALUE,
                BigDecimal("1E+999999999") to 1L,
                BigDecimal("1E+999999999") to 1.0,
            ).forEach { (left, right) ->
                shouldThrow<PerdureException> { Plain.sum(left, right) }.code() shouldBe ErrorCode.LIMIT_EXCEEDED
            }
        }
    })
