package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.ValueType
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.MissingFieldException
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonDecodingException

/** One Kotlin type with its serializer. */
internal class KotlinxType<T>(
    private val name: String,
    private val serializer: KSerializer<T>,
    private val json: Json,
) : ValueType<T> {
    override fun name(): String = name

    override fun encode(value: T): kotlin.Any? =
        try {
            plainOf(json.encodeToJsonElement(serializer, value))
        } catch (known: PerdureException) {
            throw known
        } catch (_: StackOverflowError) {
            throw KotlinxCodec.tooDeep()
        } catch (unfit: RuntimeException) {
            throw KotlinxCodec.notEncodable(
                name,
                describe(unfit, value),
                unfit.takeIf { it !is SerializationException },
            )
        }

    private fun describe(
        unfit: RuntimeException,
        value: T,
    ): String {
        val found = value?.let { it::class.java.name } ?: "null"
        return when {
            unfit is ClassCastException -> {
                "found a value of class $found"
            }

            unfit is SerializationException && isAboutTypes(unfit) -> {
                unfit.message
                    .orEmpty()
                    .lineSequence()
                    .first()
            }

            else -> {
                "the serializer of class $found threw ${unfit::class.java.simpleName}"
            }
        }
    }

    /** Other messages of the library may show the value. */
    private fun isAboutTypes(unfit: SerializationException): Boolean =
        unfit.message.orEmpty().startsWith("Serializer for ")

    override fun decode(plain: kotlin.Any?): T =
        try {
            json.decodeFromJsonElement(serializer, elementOf(plain))
        } catch (known: PerdureException) {
            throw known
        } catch (unfit: RuntimeException) {
            throw notDecodable(plain, unfit)
        }

    /** Without its cause: messages of the library, and of the user's constructors, may show the value. */
    private fun notDecodable(
        plain: kotlin.Any?,
        unfit: RuntimeException,
    ): PerdureException =
        PerdureException(
            ErrorCode.NOT_DECODABLE,
            "recorded data does not fit type $name${where(unfit)}; found ${kindOf(plain)} " +
                "(${unfit::class.java.simpleName}). Give the type a form that reads what is recorded, " +
                "or register the version that wrote it",
        )

    @OptIn(ExperimentalSerializationApi::class)
    private fun where(unfit: Throwable): String =
        when (unfit) {
            is JsonDecodingException -> {
                unfit.path?.let { " at $it" }.orEmpty()
            }

            is MissingFieldException -> {
                val path = PATH.find(unfit.message.orEmpty())?.groupValues?.get(1)
                val fields = unfit.missingFields.joinToString { "\"$it\"" }
                (if (path == null) "" else " at $path") + ": no $fields, and no default for it"
            }

            else -> {
                ""
            }
        }

    private fun kindOf(plain: kotlin.Any?): String =
        when (plain) {
            null -> "null"
            is Map<*, *> -> "a map"
            is List<*> -> "a list"
            else -> "a ${plain::class.java.simpleName}"
        }

    private companion object {
        val PATH = Regex("""at path:? (\$\S*)""")
    }
}

/** Nothing: what bodies without a result return. */
internal object NoValue : ValueType<Unit> {
    override fun name(): String = "Void"

    override fun encode(value: Unit): kotlin.Any? = null

    override fun decode(plain: kotlin.Any?): Unit = Unit
}

/** Plain data as it is. */
internal class PlainType(private val codec: KotlinxCodec) : ValueType<kotlin.Any?> {
    override fun name(): String = "Object"

    override fun encode(value: kotlin.Any?): kotlin.Any? = codec.encode(value)

    override fun decode(plain: kotlin.Any?): kotlin.Any? = Plain.of(plain)
}
