package dev.perdure.core.journal

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldNotContain
import io.kotest.property.Arb
import io.kotest.property.arbitrary.long
import io.kotest.property.checkAll
import kotlin.random.Random

class ContextSpec :
    FunSpec({
        test("a random history leaves what it leaves in a plain map, at every point of it") {
            checkAll(300, Arb.long()) { seed ->
                val random = Random(seed)
                var model: Map<String, Any?> = emptyMap()
                var context = Context.EMPTY
                repeat(40) {
                    val changes = Histories.changes(random, keys = 12)
                    val after = Histories.apply(model, changes)
                    if (after == null) {
                        shouldThrow<PerdureException> { context.with(changes) }.code() shouldBe ErrorCode.CONTEXT_TYPE
                    } else {
                        context = context.with(changes)
                        model = after
                    }
                    context shouldHold model
                }
            }
        }
        test("a snapshot never sees what comes after it") {
            checkAll(100, Arb.long()) { seed ->
                val random = Random(seed)
                val snapshots = mutableListOf(Context.EMPTY to emptyMap<String, Any?>())
                repeat(60) {
                    val (context, model) = snapshots.random(random)
                    val changes = Histories.changes(random, keys = 8)
                    Histories.apply(model, changes)?.let { snapshots += context.with(changes) to it }
                }
                snapshots.forEach { (context, model) -> context shouldHold model }
            }
        }
        test("a null value is a value, an absent key is none") {
            val context = Context.of(mapOf("present" to null))
            context.has("present") shouldBe true
            context.get("present") shouldBe null
            context.has("absent") shouldBe false
            context.with(Changes(mapOf("present" to Change.Remove()))).has("present") shouldBe false
        }
        test("layers stay logarithmic however the writes fall") {
            var context = Context.EMPTY
            repeat(20_000) { i -> context = context.with(Changes.puts(mapOf("k$i" to i))) }
            layers(context) shouldBeLessThan 20
            repeat(20_000) { i -> context = context.with(Changes.puts(mapOf("k${i % 7}" to i))) }
            layers(context) shouldBeLessThan 20
            repeat(20_000) { i -> context = context.with(Changes(mapOf("k$i" to Change.Remove()))) }
            layers(context) shouldBeLessThan 20
            context.toMap() shouldBe emptyMap()
        }
        test("a context says how large it is, not what is in it") {
            Context.of(mapOf("key" to "secret")).toString() shouldNotContain "secret"
        }
    })

private infix fun Context.shouldHold(model: Map<String, Any?>) {
    toMap() shouldBe model
    (0..12).map { "k$it" }.forEach { key ->
        has(key) shouldBe model.containsKey(key)
        get(key) shouldBe model[key]
    }
}

private fun layers(context: Context): Int = Regex("\\d+").find(context.toString())!!.value.toInt()
