package dev.perdure.dsl

import dev.perdure.core.Plain
import kotlinx.serialization.KSerializer
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.buildClassSerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonDecoder
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonEncoder
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import java.util.Collections
import dev.perdure.core.Json as CoreJson

private val NOT_FINITE = setOf("NaN", "Infinity", "-Infinity")

/** The plain data that `element` says, every number in its canonical form. */
internal fun plainOf(
    element: JsonElement,
    depth: Int = 0,
): kotlin.Any? =
    when (element) {
        is JsonNull -> {
            null
        }

        is JsonPrimitive -> {
            plainOf(element)
        }

        is JsonArray -> {
            requireDepth(depth)
            Collections.unmodifiableList(element.map { plainOf(it, depth + 1) })
        }

        is JsonObject -> {
            requireDepth(depth)
            Collections.unmodifiableMap(element.mapValues { plainOf(it.value, depth + 1) })
        }
    }

private fun plainOf(primitive: JsonPrimitive): kotlin.Any? =
    when {
        primitive.isString || primitive.content in NOT_FINITE -> primitive.content
        else -> CoreJson.read(primitive.content)
    }

/** The inverse of [plainOf]. */
internal fun elementOf(
    plain: kotlin.Any?,
    depth: Int = 0,
): JsonElement =
    when (plain) {
        null -> {
            JsonNull
        }

        is String -> {
            JsonPrimitive(plain)
        }

        is Boolean -> {
            JsonPrimitive(plain)
        }

        is Number -> {
            JsonPrimitive(plain)
        }

        is List<*> -> {
            requireDepth(depth)
            JsonArray(plain.map { elementOf(it, depth + 1) })
        }

        is Map<*, *> -> {
            requireDepth(depth)
            JsonObject(plain.entries.associate { it.key.toString() to elementOf(it.value, depth + 1) })
        }

        else -> {
            throw KotlinxCodec.notEncodable(typeName(plain.javaClass), "it is not plain data", null)
        }
    }

private fun requireDepth(depth: Int) {
    if (depth >= Plain.MAX_DEPTH) {
        throw KotlinxCodec.tooDeep()
    }
}

/** Lets `Any` inside another type stand for plain data. */
internal class PlainSerializer(private val codec: KotlinxCodec) : KSerializer<kotlin.Any> {
    override val descriptor: SerialDescriptor = buildClassSerialDescriptor("dev.perdure.Plain")

    override fun serialize(
        encoder: Encoder,
        value: kotlin.Any,
    ) {
        (encoder as JsonEncoder).encodeJsonElement(elementOf(codec.encode(value)))
    }

    override fun deserialize(decoder: Decoder): kotlin.Any =
        plainOf((decoder as JsonDecoder).decodeJsonElement()) ?: throw IllegalArgumentException("null for a value")
}
