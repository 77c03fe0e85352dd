package dev.perdure.dsl

import dev.perdure.core.Codec
import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.ValueType
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.Json
import kotlinx.serialization.modules.SerializersModule
import kotlinx.serialization.modules.overwriteWith
import kotlinx.serialization.serializer
import kotlinx.serialization.serializerOrNull
import java.lang.reflect.Type
import java.util.concurrent.ConcurrentHashMap
import kotlin.reflect.KType

/**
 * Turns Kotlin values into plain data and back, with kotlinx.serialization.
 *
 * What a value reads back as is what was written: integers are exact, NaN and the infinities survive in `Double` and
 * `Float`, strings may hold any characters. A type can grow: an added property with a default reads old data, and what
 * is not known is ignored. Polymorphism goes by serial names of sealed or registered types, never by class names. `Any`
 * stands for plain data: it is read back as [Plain] describes.
 *
 * Thread-safe. Each workflow has one, on the `json` that it was defined with:
 *
 * ```
 * val codec = KotlinxCodec(Json { encodeDefaults = true; serializersModule = myModule })
 * val plain = codec.encode(Order("a", 2)) // {"id": "a", "count": 2}
 * ```
 *
 * @param json how values are written; special floating point numbers are allowed in addition
 */
@OptIn(ExperimentalSerializationApi::class)
public class KotlinxCodec(json: Json = STANDARD) : Codec {
    private val plainSerializer = PlainSerializer(this)
    private val json =
        Json(from = json) {
            allowSpecialFloatingPointValues = true
            exceptionsWithDebugInfo = false
            serializersModule =
                SerializersModule { contextual(kotlin.Any::class, plainSerializer) }
                    .overwriteWith(json.serializersModule)
        }
    private val check = SerializerCheck(this.json.serializersModule)
    private val known = ConcurrentHashMap<KType, ValueType<*>>()

    /**
     * The value type for a Java type.
     *
     * @throws PerdureException NOT_ENCODABLE when it has no serializer, or something in it has none
     */
    override fun typeOf(type: Type): ValueType<*> {
        val name = typeName(type)
        return if (type == kotlin.Any::class.java) PlainType(this) else typed(name) { serializer(type) }
    }

    /**
     * The value type for a Kotlin type; `Unit` and `Nothing` are recorded as null.
     *
     * @throws PerdureException NOT_ENCODABLE when it has no serializer, or something in it has none
     */
    public fun typeOf(type: KType): ValueType<*> = known[type] ?: find(type).also { known[type] = it }

    private fun find(type: KType): ValueType<*> =
        when (type.classifier) {
            Unit::class, Nothing::class -> NoValue
            kotlin.Any::class -> PlainType(this)
            else -> typed(typeName(type)) { serializer(type) }
        }

    private fun typed(
        name: String,
        find: SerializersModule.() -> KSerializer<*>,
    ): ValueType<*> {
        val serializer =
            try {
                json.serializersModule.find()
            } catch (missing: IllegalArgumentException) {
                throw notEncodable(name, "it has no serializer; annotate it with @Serializable", missing)
            }
        check.problem(serializer.descriptor)?.let { throw notEncodable(name, it, null) }
        return KotlinxType(name, serializer, json)
    }

    /**
     * Turns a value whose type is only known at run time into plain data: plain values, collections, and whatever has
     * a serializer for its class.
     *
     * @throws PerdureException NOT_ENCODABLE naming the class; LIMIT_EXCEEDED when nested too deep
     */
    override fun encode(value: kotlin.Any?): kotlin.Any? = encode(value, 0)

    /** As [encode], by the declared type where that has a serializer. */
    internal fun encode(
        value: kotlin.Any?,
        declared: KType,
    ): kotlin.Any? {
        val type =
            try {
                typeOf(declared)
            } catch (_: PerdureException) {
                return encode(value)
            }
        @Suppress("UNCHECKED_CAST") // the value is of the declared type
        return (type as ValueType<kotlin.Any?>).encode(value)
    }

    private fun encode(
        value: kotlin.Any?,
        depth: Int,
    ): kotlin.Any? {
        if (depth > Plain.MAX_DEPTH) {
            throw tooDeep()
        }
        return when (value) {
            null, is String, is Boolean, is Number, is Char -> Plain.of(value)
            is Unit -> null
            is Map<*, *> -> Plain.of(value.mapValues { encode(it.value, depth + 1) })
            is Iterable<*> -> Plain.of(value.map { encode(it, depth + 1) })
            is Array<*> -> Plain.of(value.map { encode(it, depth + 1) })
            else -> encodeByClass(value)
        }
    }

    private fun encodeByClass(value: kotlin.Any): kotlin.Any? {
        val name = typeName(value.javaClass)
        val serializer =
            try {
                json.serializersModule.serializerOrNull(value.javaClass)
            } catch (unfit: IllegalArgumentException) {
                throw notEncodable(name, "its class alone does not say how; give put its full type", unfit)
            } ?: throw notEncodable(name, "it has no serializer; annotate it with @Serializable", null)
        return KotlinxType(name, serializer, json).encode(value)
    }

    internal companion object {
        private val STANDARD =
            Json {
                encodeDefaults = true
                ignoreUnknownKeys = true
            }

        fun notEncodable(
            type: String,
            why: String,
            cause: Throwable?,
        ): PerdureException =
            PerdureException(ErrorCode.NOT_ENCODABLE, "values of type $type cannot be recorded: $why", cause)

        fun tooDeep(): PerdureException =
            PerdureException(
                ErrorCode.LIMIT_EXCEEDED,
                "a value is nested deeper than ${Plain.MAX_DEPTH} levels, or contains itself; flatten it",
            )
    }
}
