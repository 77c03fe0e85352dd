package dev.perdure.core.jackson

import dev.perdure.core.ErrorCode
import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.ValueType
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.io.ByteArrayInputStream
import java.io.InputStream
import java.lang.reflect.Type
import java.math.BigDecimal
import java.math.BigInteger
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.ZonedDateTime
import java.util.Optional
import java.util.OptionalInt
import java.util.UUID
import java.util.stream.Stream

class JacksonCodecSpec :
    FunSpec({
        val codec = JacksonCodec()

        @Suppress("UNCHECKED_CAST")
        fun typed(type: Type): ValueType<Any?> = codec.typeOf(type) as ValueType<Any?>

        fun stored(
            type: Type,
            value: Any?,
        ): Any? = typed(type).decode(Json.read(Json.write(typed(type).encode(value))))

        context("J07, J23 a value comes back equal and of its type") {
            listOf<Pair<Type, Any?>>(
                String::class.java to "text \u0000 \ud800",
                Int::class.javaObjectType to 42,
                Long::class.javaObjectType to 9007199254740993,
                Long::class.javaObjectType to Long.MIN_VALUE,
                Boolean::class.javaObjectType to true,
                Double::class.javaObjectType to 3.14,
                Double::class.javaObjectType to 3.0,
                Double::class.javaObjectType to -0.0,
                Float::class.javaObjectType to 0.1f,
                Char::class.javaObjectType to 'x',
                BigInteger::class.java to BigInteger.TEN.pow(40),
                BigDecimal::class.java to BigDecimal("1.10"),
                BigDecimal::class.java to BigDecimal("100"),
                BigDecimal::class.java to BigDecimal("1E+2"),
                BigDecimal::class.java to BigDecimal("3.14"),
                BigDecimal::class.java to BigDecimal("0.1000000000000000055511151231257827"),
                Shapes.Color::class.java to Shapes.Color.GREEN,
                Shapes.ITEMS to listOf(Shapes.Item("a", 1), Shapes.Item("b", 2)),
                Shapes.NUMBERS to mapOf("x" to 1, "y" to 2),
                Shapes.PAGES to
                    Shapes.Page(
                        mapOf(Shapes.Color.RED to listOf(Shapes.Item("a", 1))),
                        Optional.of("n"),
                        1,
                    ),
                Shapes.PAGES to Shapes.Page(null, Optional.empty<String>(), 0),
                Shapes.OPTIONAL to Optional.of(Shapes.Item("a", 1)),
                Shapes.OPTIONAL to Optional.empty<Shapes.Item>(),
                OptionalInt::class.java to OptionalInt.empty(),
                OptionalInt::class.java to OptionalInt.of(3),
                Shapes.Sensor::class.java to Shapes.Sensor(-0.0, 0.1, 0.1f),
                Shapes.Nothing::class.java to Shapes.Nothing(),
                Instant::class.java to Instant.parse("2026-01-02T03:04:05.123456789Z"),
                Duration::class.java to Duration.ofMillis(1_234_567),
                LocalDate::class.java to LocalDate.of(2026, 1, 2),
                ZonedDateTime::class.java to ZonedDateTime.parse("2026-01-02T03:04:05+01:00[Europe/Berlin]"),
                UUID::class.java to UUID.fromString("7a3a4b52-50b1-4c7e-9d94-2f6a2cbb1c55"),
                Any::class.java to listOf(1, 2.5, BigDecimal("1.10"), "x", null, mapOf("k" to true)),
            ).forEach { (type, value) ->
                test("${typed(type).name()} $value") { stored(type, value) shouldBeSame value }
            }
        }
        test("J23 arrays come back with their elements and types") {
            (stored(ByteArray::class.java, byteArrayOf(-1, 0, 7)) as ByteArray).toList() shouldBe listOf<Byte>(-1, 0, 7)
            (stored(Array<Int>::class.java, arrayOf(1, 2)) as Array<*>).toList() shouldBe listOf(1, 2)
            val payment =
                Shapes.Payment(
                    BigDecimal("9.90"),
                    Instant.EPOCH,
                    Duration.ofSeconds(3),
                    9007199254740993,
                    byteArrayOf(1),
                )
            val read = stored(Shapes.Payment::class.java, payment) as Shapes.Payment
            read.proof().toList() shouldBe listOf<Byte>(1)
            read.amount() shouldBe BigDecimal("9.90")
            read.id() shouldBe 9007199254740993
        }
        test("NaN and the infinities come back, alone and in a record") {
            listOf(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY).forEach { number ->
                stored(Double::class.javaObjectType, number) shouldBeSame number
                val sensor = Shapes.Sensor(number, number, number.toFloat())
                stored(Shapes.Sensor::class.java, sensor) shouldBeSame sensor
            }
        }
        test("null comes back as null") {
            listOf<Type>(
                String::class.java,
                Shapes.Item::class.java,
                Shapes.ITEMS,
                Any::class.java,
                Void::class.java,
            ).forEach {
                stored(it, null) shouldBe null
            }
        }
        test("what is encoded is canonical plain data") {
            val page = Shapes.Page(listOf(1, 0.5f, 'x', Instant.EPOCH), Optional.of("n"), 7)
            val plain = codec.encode(page)
            plain shouldBe Plain.of(plain)
            plain shouldBe mapOf("content" to listOf(1L, 0.5, "x", "1970-01-01T00:00:00Z"), "next" to "n", "size" to 7L)
        }
        context("what stands for something alive is refused when the workflow is defined") {
            listOf<Type>(
                Thread::class.java,
                InputStream::class.java,
                Stream::class.java,
                ClassLoader::class.java,
                Shapes.THREADS,
                Array<Thread>::class.java,
            ).forEach { type ->
                test(type.typeName) {
                    val refused = shouldThrow<PerdureException> { codec.typeOf(type) }
                    refused.code() shouldBe ErrorCode.NOT_ENCODABLE
                    refused.message shouldContain type.typeName
                }
            }
        }
        context("a value that cannot be recorded is refused by the name of its type, not recorded as {}") {
            listOf(
                Thread.currentThread(),
                ByteArrayInputStream(byteArrayOf()),
                Shapes.Cycle(),
                Shapes.Holder("h", ByteArrayInputStream(byteArrayOf())),
                listOf(Thread.currentThread()),
                mapOf("k" to ByteArrayInputStream(byteArrayOf())),
                Any(),
                Runnable { },
            ).forEach { value ->
                test(value.javaClass.name) {
                    val ways = listOf({ codec.encode(value) }, { typed(Any::class.java).encode(value) })
                    ways.forEach { way ->
                        val refused = shouldThrow<PerdureException> { way() }
                        refused.code() shouldBe ErrorCode.NOT_ENCODABLE
                        refused.message!!.length shouldBeLessThan 1_000
                    }
                    shouldThrow<PerdureException> { codec.encode(value) }.message shouldContain value.javaClass.name
                }
            }
        }
        test("a value of another type than declared is refused") {
            shouldThrow<PerdureException> { typed(Shapes.Item::class.java).encode("text") }.message shouldContain "Item"
        }
        context("what does not fit is refused by type and field, without the value") {
            val marker = "marker4111"
            listOf<Triple<Type, Any?, String>>(
                Triple(Shapes.Card::class.java, mapOf("owner" to "x", "number" to marker), "Card at number"),
                Triple(
                    Shapes.Wallet::class.java,
                    mapOf("cards" to listOf(mapOf("owner" to "x", "number" to 1L), mapOf("number" to marker))),
                    "Wallet at cards[1].number",
                ),
                Triple(Int::class.javaObjectType, marker, "Integer"),
                Triple(Int::class.javaObjectType, 9007199254740993, "Integer"),
                Triple(Shapes.Color::class.java, marker, "Color"),
                Triple(Shapes.ITEMS, mapOf("k" to marker), "List<Item>"),
                Triple(Instant::class.java, marker, "Instant"),
                Triple(Shapes.Guarded::class.java, mapOf("secret" to "bad $marker"), "Guarded"),
                Triple(ByteArray::class.java, "$marker!", "byte[]"),
                Triple(String::class.java, mapOf("k" to marker), "String"),
            ).forEach { (type, plain, named) ->
                test("$named of ${plain?.javaClass?.simpleName}") {
                    val refused = shouldThrow<PerdureException> { typed(type).decode(plain) }
                    refused.code() shouldBe ErrorCode.NOT_DECODABLE
                    refused.message shouldContain "type $named"
                    generateSequence<Throwable>(refused) { it.cause }.forEach {
                        it.toString() shouldNotContain marker
                        it.toString() shouldNotContain "9007199254740993"
                    }
                }
            }
        }
        test("a field added since, if optional, reads as absent; one removed since is ignored") {
            val old = typed(Shapes.Item::class.java).encode(Shapes.Item("a", 1))
            typed(Shapes.ItemV2::class.java).decode(old) shouldBe Shapes.ItemV2("a", 1, null, Optional.empty())
            val new = typed(Shapes.ItemV2::class.java).encode(Shapes.ItemV2("a", 1, "n", Optional.of(3)))
            typed(Shapes.Item::class.java).decode(new) shouldBe Shapes.Item("a", 1)
        }
        test("names are simple names with their arguments") {
            mapOf(
                String::class.java to "String",
                Int::class.java to "Integer",
                Int::class.javaObjectType to "Integer",
                Shapes.STRINGS to "List<String>",
                Shapes.NUMBERS to "Map<String, Integer>",
                Shapes.PAGES to "Page<Map<Color, List<Item>>>",
                ByteArray::class.java to "byte[]",
            ).forEach { (type, name) -> withClue(name) { typed(type).name() shouldBe name } }
        }
    })

/** Boxed equality, which tells 0.0 from -0.0, and the same class. */
private infix fun Any?.shouldBeSame(expected: Any?) {
    withClue("$this of ${this?.javaClass}, expected $expected of ${expected?.javaClass}") {
        (this == expected) shouldBe true
        if (expected !is Collection<*> && expected !is Map<*, *>) {
            this?.javaClass shouldBe expected?.javaClass
        }
    }
}
