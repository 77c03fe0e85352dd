package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.ValueType
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.property.Arb
import io.kotest.property.arbitrary.arbitrary
import io.kotest.property.arbitrary.boolean
import io.kotest.property.arbitrary.byte
import io.kotest.property.arbitrary.byteArray
import io.kotest.property.arbitrary.char
import io.kotest.property.arbitrary.constant
import io.kotest.property.arbitrary.double
import io.kotest.property.arbitrary.enum
import io.kotest.property.arbitrary.float
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.long
import io.kotest.property.arbitrary.map
import io.kotest.property.arbitrary.orNull
import io.kotest.property.checkAll
import kotlinx.serialization.Contextual
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.PrimitiveSerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonNamingStrategy
import kotlinx.serialization.modules.SerializersModule
import kotlinx.serialization.modules.polymorphic
import kotlinx.serialization.modules.subclass
import kotlin.reflect.typeOf
import kotlin.time.Instant
import dev.perdure.core.Json as CoreJson

@OptIn(ExperimentalSerializationApi::class)
class KotlinxCodecSpec :
    FunSpec({
        test("any value reads back as what was written") {
            checkAll(500, everything()) { value -> throughText(value) shouldBe value }
        }

        test("numbers are exact") {
            throughText(9_007_199_254_740_993L) shouldBe 9_007_199_254_740_993L
            throughText(Long.MIN_VALUE) shouldBe Long.MIN_VALUE
            throughText(ULong.MAX_VALUE) shouldBe ULong.MAX_VALUE
            throughText(0.1f) shouldBe 0.1f
            throughText(Double.MIN_VALUE) shouldBe Double.MIN_VALUE
            throughText(-0.0).toRawBits() shouldBe (-0.0).toRawBits()
            type<Long>().encode(12) shouldBe 12L
            type<Double>().encode(1.0) shouldBe 1.0
        }

        test("numbers that are none are text in plain data and numbers again when read, wherever they are") {
            type<Double>().encode(Double.NaN) shouldBe "NaN"
            type<List<Double>>().encode(listOf(Double.NEGATIVE_INFINITY)) shouldBe listOf("-Infinity")
            throughText(Double.NaN).isNaN() shouldBe true
            throughText(Float.POSITIVE_INFINITY) shouldBe Float.POSITIVE_INFINITY
            throughText(mapOf("a" to listOf(Measure(Double.NEGATIVE_INFINITY, Float.NaN, "NaN")))) shouldBe
                mapOf("a" to listOf(Measure(Double.NEGATIVE_INFINITY, Float.NaN, "NaN")))
        }

        test("strings keep lone surrogates, U+0000 and what looks like a number") {
            listOf("\uD800", "a\u0000b", "\uDC00\uD800", "12", "null", "", "\u2028", "{\"a\":1}").forEach {
                throughText(it) shouldBe it
                throughText(mapOf(it to it)) shouldBe mapOf(it to it)
            }
        }

        test("null, Unit, enums, value classes, times and generics have a form") {
            throughText<String?>(null).shouldBeNull()
            throughText<Item?>(null).shouldBeNull()
            throughText(listOf(1, null)) shouldBe listOf(1, null)
            throughText(Unit) shouldBe Unit
            throughText(Colour.GREEN) shouldBe Colour.GREEN
            type<Colour>().encode(Colour.GREEN) shouldBe "green"
            throughText(Id("x")) shouldBe Id("x")
            throughText(Instant.parse("2026-01-02T03:04:05.123456789Z")) shouldBe
                Instant.parse("2026-01-02T03:04:05.123456789Z")
            throughText(Box(Box(listOf(Item("a", 1))))) shouldBe Box(Box(listOf(Item("a", 1))))
            throughText(mapOf(3 to Colour.RED)) shouldBe mapOf(3 to Colour.RED)
            throughText<Pair<Int, String?>>(1 to null) shouldBe (1 to null)
        }

        test("a sealed hierarchy goes by serial names, never by class names") {
            val shapes: List<Shape> = listOf(Shape.Circle(1.5), Shape.Point)
            type<List<Shape>>().encode(shapes) shouldBe
                listOf(mapOf("type" to "circle", "radius" to 1.5), mapOf("type" to "point"))
            throughText(shapes) shouldBe shapes
        }

        test("Any stands for plain data, at the top and inside") {
            throughText<Any?>(mapOf("a" to listOf(1, 2.5, null))) shouldBe mapOf("a" to listOf(1L, 2.5, null))
            throughText<Map<String, Any?>>(mapOf("a" to 1, "b" to null, "c" to Colour.RED)) shouldBe
                mapOf("a" to 1L, "b" to null, "c" to "red")
            codec.encode(listOf(Item("a", 1), arrayOf("b"), 'c')) shouldBe
                listOf(mapOf("name" to "a", "count" to 1L), listOf("b"), "c")
        }

        test("an old value reads into a type that grew, and a newer one into a type that did not") {
            type<Grown>().decode(mapOf("name" to "a")) shouldBe Grown("a", 7)
            type<Item>().decode(mapOf("name" to "a", "count" to 1L, "later" to true)) shouldBe Item("a", 1)
            type<Grown>().encode(Grown("a")) shouldBe mapOf("name" to "a", "count" to 7L)
        }

        test("what cannot be read says type and field but never the value") {
            val secret = "s3cret"

            fun refused(
                type: ValueType<*>,
                plain: Any?,
                vararg parts: String,
            ) {
                val thrown = shouldThrow<PerdureException> { type.decode(plain) }
                thrown.code() shouldBe ErrorCode.NOT_DECODABLE
                parts.forEach { thrown.message.orEmpty() shouldContain it }
                thrown.stackTraceToString() shouldNotContain secret
            }
            refused(type<Item>(), mapOf("name" to "a", "count" to secret), "type Item", "$.count")
            refused(
                type<Box<Box<Item>>>(),
                mapOf("value" to mapOf("value" to mapOf("count" to 1L))),
                "\"name\"",
                "Box<Box<Item>>",
            )
            refused(type<List<Int>>(), listOf(1L, secret), "type List<Integer> at $.1;", "a list")
            refused(type<Int>(), 3_000_000_000L, "type Integer", "a Long")
            refused(type<Int>(), null, "found null")
            refused(type<Item>(), null, "found null")
            refused(type<Item>(), secret, "type Item")
            refused(type<Colour>(), secret, "type Colour")
            refused(type<Shape>(), mapOf("type" to secret), "type Shape")
            refused(type<Strict200>(), mapOf("text" to secret), "type Strict200")
        }

        test("what cannot be written says the type") {
            fun refused(
                code: ErrorCode,
                part: String,
                encode: () -> Unit,
            ) {
                val thrown = shouldThrow<PerdureException> { encode() }
                thrown.code() shouldBe code
                thrown.message.orEmpty() shouldContain part
            }
            refused(ErrorCode.NOT_ENCODABLE, "type Socket cannot be recorded") { codec.encode(java.net.Socket()) }
            refused(ErrorCode.NOT_ENCODABLE, "type Pair") { codec.encode(1 to 2) }
            refused(ErrorCode.NOT_ENCODABLE, "type Runnable") { codec.typeOf(typeOf<Runnable>()) }
            @Suppress("UNCHECKED_CAST")
            refused(ErrorCode.NOT_ENCODABLE, "class java.lang.String") {
                (type<Item>() as ValueType<Any?>).encode("x")
            }
            val loop = Loop()
            loop.next = loop
            refused(ErrorCode.LIMIT_EXCEEDED, "or contains itself") { type<Loop>().encode(loop) }
            val list = mutableListOf<Any?>()
            list.add(list)
            refused(ErrorCode.LIMIT_EXCEEDED, "or contains itself") { codec.encode(list) }
        }

        test("the workflow's own json decides how values are written, and may register open types") {
            val own =
                Json {
                    namingStrategy = JsonNamingStrategy.SnakeCase
                    serializersModule =
                        SerializersModule {
                            polymorphic(Greeter::class) { subclass(Polite::class) }
                            contextual(Uri::class, UriSerializer)
                        }
                }
            val codec = KotlinxCodec(own)

            @Suppress("UNCHECKED_CAST")
            val type = codec.typeOf(typeOf<Host>()) as ValueType<Host>
            val host = Host(Polite("Dr."), Uri("https://a.example"), Double.NaN)
            type.encode(host) shouldBe
                mapOf(
                    "greeter" to mapOf("type" to "polite", "title" to "Dr."),
                    "home_page" to "https://a.example",
                    "rank" to "NaN",
                )
            type.decode(type.encode(host)) shouldBe host
        }

        test("names are those of boxed JVM classes, with their arguments") {
            mapOf(
                typeOf<Int>() to "Integer",
                typeOf<Long?>() to "Long",
                typeOf<String>() to "String",
                typeOf<Boolean>() to "Boolean",
                typeOf<Unit>() to "Void",
                typeOf<Any?>() to "Object",
                typeOf<ByteArray>() to "byte[]",
                typeOf<Array<String>>() to "String[]",
                typeOf<List<String>>() to "List<String>",
                typeOf<Map<String, List<Int?>>>() to "Map<String, List<Integer>>",
                typeOf<Box<Item>>() to "Box<Item>",
            ).forEach { (type, name) -> codec.typeOf(type).name() shouldBe name }
            codec.typeOf(Int::class.javaPrimitiveType as java.lang.reflect.Type).name() shouldBe "Integer"
            codec.typeOf(kotlin.Any::class.java as java.lang.reflect.Type).name() shouldBe "Object"
        }
    })

private val codec = KotlinxCodec()

@Suppress("UNCHECKED_CAST")
private inline fun <reified T> type(): ValueType<T> = codec.typeOf(typeOf<T>()) as ValueType<T>

/** Through plain data, which has to be canonical, and through its text. */
private inline fun <reified T> throughText(value: T): T {
    val plain = type<T>().encode(value)
    Plain.of(plain) shouldBe plain
    val read = CoreJson.read(CoreJson.write(plain))
    read shouldBe plain
    return type<T>().decode(read)
}

/** Strings of any chars: surrogates without a partner and control characters too. */
private fun hostileStrings(): Arb<String> =
    Arb.list(Arb.char('\u0000'..'\uFFFF'), 0..12).map {
        String(it.toCharArray())
    }

private fun everything(): Arb<Everything> =
    arbitrary {
        Everything(
            text = hostileStrings().bind(),
            numbers =
                Numbers(
                    Arb.byte().bind(),
                    Arb.int().bind(),
                    Arb.long().bind(),
                    Arb.float().bind(),
                    Arb.double().bind(),
                ),
            flag = Arb.boolean().orNull().bind(),
            letter = Arb.char('\u0000'..'\uFFFF').bind(),
            colour = Arb.enum<Colour>().orNull().bind(),
            bytes = Arb.byteArray(Arb.int(0..9), Arb.byte()).bind().toList(),
            items = Arb.list(Arb.constant(Item("i", 1)).orNull(), 0..3).bind(),
            byName = Arb.map(hostileStrings(), Arb.double().orNull(), 0, 3).bind(),
        )
    }

@Serializable
private data class Everything(
    val text: String,
    val numbers: Numbers,
    val flag: Boolean?,
    val letter: Char,
    val colour: Colour?,
    val bytes: List<Byte>,
    val items: List<Item?>,
    val byName: Map<String, Double?>,
)

@Serializable
private data class Numbers(val tiny: Byte, val small: Int, val large: Long, val single: Float, val double: Double)

@Serializable
private data class Measure(val double: Double, val single: Float, val text: String)

@Serializable
private data class Item(val name: String, val count: Int)

@Serializable
private data class Grown(val name: String, val count: Int = 7)

@Serializable
private data class Box<T>(val value: T)

@Serializable
private data class Strict200(val text: String) {
    init {
        require(text.isEmpty()) { "unexpected $text" }
    }
}

@Serializable
private class Loop(var next: Loop? = null)

@JvmInline
@Serializable
private value class Id(val text: String)

@Serializable
private enum class Colour {
    @SerialName("red")
    RED,

    @SerialName("green")
    GREEN,
}

@Serializable
private sealed interface Shape {
    @Serializable
    @SerialName("circle")
    data class Circle(val radius: Double) : Shape

    @Serializable
    @SerialName("point")
    data object Point : Shape
}

private interface Greeter

@Serializable
@SerialName("polite")
private data class Polite(
    val title: String,
) : Greeter

private data class Uri(
    val text: String,
)

private object UriSerializer : KSerializer<Uri> {
    override val descriptor = PrimitiveSerialDescriptor("uri", PrimitiveKind.STRING)

    override fun serialize(
        encoder: Encoder,
        value: Uri,
    ) = encoder.encodeString(value.text)

    override fun deserialize(decoder: Decoder): Uri = Uri(decoder.decodeString())
}

@Serializable
private data class Host(
    val greeter: Greeter,
    @Contextual val homePage: Uri,
    val rank: Double,
)
