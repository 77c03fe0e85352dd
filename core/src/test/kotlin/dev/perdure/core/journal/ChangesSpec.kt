package dev.perdure.core.journal

import dev.perdure.core.ErrorCode
import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.throwables.shouldThrowAny
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.property.Arb
import io.kotest.property.arbitrary.arbitrary
import io.kotest.property.checkAll

private val maps: Arb<Map<String, Any?>> =
    arbitrary { source -> List(source.random.nextInt(6)) { "k$it" to Histories.value(source.random) }.toMap() }

class ChangesSpec :
    FunSpec({
        test("a change then another is one change of the same effect") {
            checkAll(5_000, maps, Histories.change, Histories.change) { map, first, second ->
                val one = Changes(mapOf("k0" to first))
                val two = Changes(mapOf("k0" to second))
                val stepwise = Histories.apply(map, one)?.let { Histories.apply(it, two) }
                if (stepwise != null) {
                    Histories.apply(map, one.then(two)) shouldBe stepwise
                }
            }
        }
        test("a diff then another is one diff of the same effect") {
            checkAll(5_000, maps, Histories.changes, Histories.changes) { map, first, second ->
                val stepwise = Histories.apply(map, first)?.let { Histories.apply(it, second) }
                if (stepwise != null) {
                    Histories.apply(map, first.then(second)) shouldBe stepwise
                    Histories.apply(map, Changes.all(listOf(first, second))) shouldBe stepwise
                }
            }
        }
        test("composing is associative") {
            checkAll(2_000, Histories.changes, Histories.changes, Histories.changes) { a, b, c ->
                val left = runCatching { a.then(b).then(c) }
                val right = runCatching { a.then(b.then(c)) }
                if (left.isSuccess && right.isSuccess) {
                    left.getOrThrow() shouldBe right.getOrThrow()
                }
            }
        }
        test("nothing before or after changes nothing") {
            checkAll(Histories.changes) { changes ->
                Changes.NONE.then(changes) shouldBe changes
                changes.then(Changes.NONE) shouldBe changes
            }
        }
        test("any diff reads back from its stored text, its keys in the same order") {
            checkAll(2_000, Histories.changes) { changes ->
                val read = Changes.fromPlain(Json.read(Json.write(changes.toPlain())))
                read shouldBe changes
                read.byKey().keys.toList() shouldBe changes.byKey().keys.toList()
            }
        }
        test("the stored form leaves out what is empty") {
            Json.write(Changes.NONE.toPlain()) shouldBe "{}"
            val all =
                Changes(
                    mapOf(
                        "n" to Change.Increment(2L),
                        "l" to Change.Append(listOf(null, "x")),
                        "r" to Change.Remove(),
                        "p" to Change.Put(null),
                    ),
                )
            Json.write(all.toPlain()) shouldBe
                """{"put":{"p":null},"remove":["r"],"append":{"l":[null,"x"]},"increment":{"n":2}}"""
        }
        test("what is not such a form is refused") {
            listOf(
                "null",
                "[]",
                """{"put":[]}""",
                """{"remove":{"k":1}}""",
                """{"append":{"k":1}}""",
                """{"increment":{"k":"1"}}""",
                """{"rename":{"k":1}}""",
                """{"rename":{}}""",
            ).forEach { text ->
                shouldThrow<PerdureException> { Changes.fromPlain(Json.read(text)) }.code() shouldBe
                    ErrorCode.NOT_DECODABLE
            }
        }
        test("an absent key is appended to as an empty list and incremented from zero") {
            Change.Append(listOf(1L)).applyTo(false, null) shouldBe listOf(1L)
            Change.Increment(5L).applyTo(false, null) shouldBe 5L
        }
        test("what cannot be appended to or incremented is refused by its type, not its value") {
            listOf(Change.Append(listOf(1L)), Change.Increment(1L)).forEach { change ->
                listOf<Any?>("secret", null, mapOf("a" to "secret")).forEach { value ->
                    val refused = shouldThrow<PerdureException> { change.applyTo(true, value) }
                    refused.code() shouldBe ErrorCode.CONTEXT_TYPE
                    refused.message shouldNotContain "secret"
                }
            }
        }
        test("diffs that do not fit together name the key") {
            val append = Changes(mapOf("total" to Change.Append(listOf(1L))))
            val increment = Changes(mapOf("total" to Change.Increment(1L)))
            val refused = shouldThrow<PerdureException> { append.then(increment) }
            refused.code() shouldBe ErrorCode.CONTEXT_TYPE
            refused.message shouldContain "\"total\""
        }
        test("a diff is a copy that cannot be changed") {
            val source = linkedMapOf<String, Change>("a" to Change.Remove())
            val changes = Changes(source)
            source["b"] = Change.Remove()
            changes.byKey().keys shouldBe setOf("a")
            shouldThrowAny { changes.byKey()["c"] = Change.Remove() }
        }
    })
