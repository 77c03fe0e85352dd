package dev.perdure.core

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldEndWith
import io.kotest.matchers.string.shouldStartWith
import io.kotest.property.Arb
import io.kotest.property.arbitrary.arbitrary
import io.kotest.property.checkAll

class FailureSpec :
    FunSpec({
        test("any failure reads back from its stored text") {
            checkAll(
                failures,
            ) { failure -> Failure.fromPlain(Json.read(Json.write(failure.toPlain()))) shouldBe failure }
        }
        test("an exception is kept by type, message, stack and causes") {
            val failure = Failure.of(IllegalStateException("outer", java.io.IOException("inner")))
            failure.type() shouldBe "java.lang.IllegalStateException"
            failure.message() shouldBe "outer"
            failure.stack() shouldStartWith "at "
            failure.stack() shouldContain "FailureSpec"
            failure.causes().single().type() shouldBe "java.io.IOException"
            failure.causes().single().message() shouldBe "inner"
            failure.code() shouldBe null
        }
        test("a failure of Perdure's keeps its code, and is located by at()") {
            val failure = Failure.of(PerdureException(ErrorCode.NO_VALUE, "gone")).at(Path.parse("a/b"), 3)
            failure.code() shouldBe ErrorCode.NO_VALUE
            failure.describe() shouldBe "step \"a/b\" failed: PerdureException: gone"
            failure.attempt() shouldBe 3
        }
        test("a message is bounded, and stays the same when it is stored and read again and again") {
            val failure = Failure.of(IllegalStateException("x".repeat(1_000_000)))
            failure.message().length shouldBe Failure.MAX_MESSAGE
            failure.message() shouldEndWith "x…"
            Failure.fromPlain(failure.toPlain()) shouldBe failure
            Failure.of(IllegalStateException("x".repeat(Failure.MAX_MESSAGE))).message() shouldEndWith "x"
        }
        test("a deep stack is bounded") {
            Failure
                .of(deep(500))
                .stack()
                .lines()
                .size shouldBe 21
            Failure.of(deep(500)).stack() shouldContain "… "
        }
        test("a long chain of causes is cut, as is one that goes round in a circle") {
            val chain = (1..100).fold(RuntimeException("0")) { cause, i -> RuntimeException("$i", cause) }
            depth(Failure.of(chain)) shouldBeLessThanOrEqualTo 6
            val first = RuntimeException("first")
            val second = RuntimeException("second", first)
            first.initCause(second)
            depth(Failure.of(first)) shouldBeLessThanOrEqualTo 6
        }
        test("an exception without a message has an empty one") {
            Failure.of(RuntimeException()).message() shouldBe ""
        }
        test("an exception that throws while it describes itself is recorded all the same") {
            listOf(
                Hostile { throw IllegalStateException("no") },
                Hostile { throw java.io.IOException("no") },
                Hostile { throw NoClassDefFoundError("no") },
                Hostile { throw NotImplementedError("no") },
                Hostile { overflow(0).toString() },
            ).forEach { hostile ->
                val failure = Failure.of(hostile)
                failure.type() shouldBe Hostile::class.java.name
                failure.message() shouldStartWith "(its message could not be read: "
                failure.causes() shouldBe emptyList()
                failure.stack() shouldBe ""
            }
        }
        test("an old or odd stored error reads as something, so that it never blocks a run") {
            Failure.fromPlain(null).type() shouldBe "unknown"
            Failure.fromPlain("boom").message() shouldBe "boom"
            Failure.fromPlain(mapOf("type" to 7L, "code" to "NO_SUCH_CODE", "causes" to "x", "path" to 1L)) shouldBe
                Failure("unknown", "", null, null, 0, "", emptyList())
        }
    })

private class Hostile(
    private val act: () -> String,
) : RuntimeException() {
    override val message: String get() = act()
    override val cause: Throwable get() = error(act())

    override fun getStackTrace(): Array<StackTraceElement> = error(act())
}

private fun overflow(depth: Int): Int = overflow(depth + 1) + 1

private fun deep(levels: Int): Throwable = if (levels == 0) RuntimeException("deep") else deep(levels - 1)

private fun depth(failure: Failure): Int = 1 + (failure.causes().maxOfOrNull(::depth) ?: 0)

private val failures: Arb<Failure> = arbitrary { source -> failure(source.random, 3) }

private fun failure(
    random: kotlin.random.Random,
    depth: Int,
): Failure =
    Failure(
        PlainData.value(random, 0).toString(),
        PlainData.value(random, 0).toString(),
        if (random.nextBoolean()) null else ErrorCode.entries.random(random),
        if (random.nextBoolean()) null else Path.ROOT.child("a/b").item(random.nextInt(9)),
        random.nextInt(3),
        PlainData.value(random, 0).toString(),
        if (depth == 0) emptyList() else List(random.nextInt(3)) { failure(random, depth - 1) },
    )
