package dev.perdure.dsl.json

import dev.perdure.core.Json
import dev.perdure.core.Names
import java.math.BigDecimal
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * The fields of one object of a workflow file. Each is read by what it has to be; where it is not, that becomes a
 * problem and a stand-in is returned, so that the reading goes on. An optional field that is null is as good as absent:
 * who generates definitions often writes all fields. Confined to one reading.
 */
internal class Fields(
    private val values: Map<*, *>,
    val path: JsonPath,
    private val step: String?,
    private val problems: FileProblems,
) {
    private val known = mutableSetOf<String>()

    /** The field as it is; null where it is absent. */
    fun raw(name: String): Any? {
        known += name
        return values[name]
    }

    /** A text that obeys the rule of names. */
    fun name(name: String): String {
        val value = raw(name)
        if (value !is String) {
            wrong(name, value, "a text that is not blank")
            return ""
        }
        Names.problem(value)?.let { problem(name, "the text $it") }
        return value
    }

    /** A step's id, null for none. */
    fun optionalId(name: String): String? {
        val value = raw(name) ?: return null
        return value as? String ?: wrong(name, value, "the id of a step, or null").let { null }
    }

    /** Steps' ids, [fewest] or more, each once. */
    fun ids(
        name: String,
        fewest: Int,
    ): List<String> {
        val value = raw(name)
        if (value !is List<*>) {
            wrong(name, value, "a list of $fewest or more ids of steps")
            return emptyList()
        }
        if (value.size < fewest) {
            problem(name, "it has ${value.size} steps; expected $fewest or more")
        }
        val ids = LinkedHashSet<String>()
        value.forEachIndexed { at, id ->
            when {
                id !is String -> problems.add((path / name)[at], step, "expected the id of a step, found ${shown(id)}")
                !ids.add(id) -> problems.add((path / name)[at], step, "it has step ${Names.quoted(id)} twice")
            }
        }
        return ids.toList()
    }

    /** A whole number in [range], which is so for the reason that [why] says; [default] where it is absent. */
    fun whole(
        name: String,
        range: LongRange,
        default: Long,
        why: String = "",
    ): Long {
        val value = raw(name) ?: return default
        val number = numberIn(range, value)
        if (number == null || number.scale() > 0) {
            wrong(name, value, "a whole number from ${range.first} to ${range.last}$why")
            return default
        }
        return number.toLong()
    }

    /** At most so many at a time, or so often; 0 where it is absent, which is no limit. */
    fun limit(name: String): Int = whole(name, 1..MAX_COUNT, 0).toInt()

    /** A number in [range]; [default] where it is absent. */
    fun decimal(
        name: String,
        range: LongRange,
        default: Double,
    ): Double {
        val value = raw(name) ?: return default
        val number = numberIn(range, value)
        if (number == null) {
            wrong(name, value, "a number from ${range.first} to ${range.last}")
        }
        return number?.toDouble() ?: default
    }

    /** A time in seconds, up to ten years, that has to be there. */
    fun duration(name: String): Duration = seconds(name, "0") { it.signum() >= 0 } ?: Duration.ZERO

    /** As [duration], but more than zero; null where it is absent. */
    fun timeout(name: String): Duration? = raw(name)?.let { seconds(name, "0.001") { it.signum() > 0 } }

    private fun seconds(
        name: String,
        least: String,
        isEnough: (BigDecimal) -> Boolean,
    ): Duration? {
        val value = raw(name)
        val number = numberIn(0..MAX_SECONDS, value)
        if (number == null || number.scale() > MILLIS || !isEnough(number)) {
            wrong(name, value, "seconds from $least to $MAX_SECONDS (ten years), with up to three decimals")
            return null
        }
        return number.movePointRight(MILLIS).toLong().milliseconds
    }

    /** One of a few words; [default] where it is absent. */
    fun <T> choice(
        name: String,
        choices: Map<String, T>,
        default: T,
    ): T {
        val value = raw(name) ?: return default
        return choices[value] ?: default.also { wrong(name, value, oneOf(choices.keys)) }
    }

    /**
     * The fields of an object in this one; null where it is none, which is a problem unless it [isOptional] and absent.
     */
    fun inner(
        name: String,
        isOptional: Boolean = false,
    ): Fields? {
        val value = raw(name)
        return when {
            value is Map<*, *> -> {
                Fields(value, path / name, step, problems)
            }

            isOptional && value == null -> {
                null
            }

            else -> {
                wrong(name, value, "an object")
                null
            }
        }
    }

    /** The names of the fields, in order: for objects whose keys are not fixed. */
    fun keys(): List<String> = values.keys.map { it as String }

    /** To be called last; [what] has them: "a parallel step". */
    fun refuseOthers(what: String) {
        values.keys.filter { it !in known }.forEach { key ->
            problems.add(path / key as String, step, "unknown field; $what has ${known.joinToString()}")
        }
    }

    fun problem(
        name: String,
        what: String,
    ) = problems.add(path / name, step, what)

    /** Says what was [expected] and what was found. */
    fun wrong(
        name: String,
        value: Any?,
        expected: String,
    ) = problem(
        name,
        if (name in
            values
        ) {
            "expected $expected, found ${shown(value)}"
        } else {
            "it is missing; expected $expected"
        },
    )

    /** Without zeros at its end; null where it is no number in [range]. */
    private fun numberIn(
        range: LongRange,
        value: Any?,
    ): BigDecimal? {
        val number = (value as? Number)?.let(::decimalOf) ?: return null
        val isInside = number >= BigDecimal.valueOf(range.first) && number <= BigDecimal.valueOf(range.last)
        return if (isInside) number.stripTrailingZeros() else null // outside, an exponent could overflow
    }

    companion object {
        /** The longest delay or timeout that anything can ask for, so that sums of it never overflow: ten years. */
        const val MAX_SECONDS = 3650L * 24 * 60 * 60

        private const val MAX_COUNT = 1_000_000_000L
        private const val MILLIS = 3

        /** Of a number, in characters. */
        private const val MAX_SHOWN = 40

        /** The constants of an enum as the format writes them. */
        inline fun <reified T : Enum<T>> words(): Map<String, T> = enumValues<T>().associateBy { it.name.lowercase() }

        fun oneOf(words: Collection<String>): String = "one of ${words.joinToString { "\"$it\"" }}"

        private fun shown(value: Any?): String =
            when (value) {
                is String -> if (value.isBlank()) "a blank text" else Names.quoted(value)
                is Number -> Json.write(value).let { if (it.length > MAX_SHOWN) it.take(MAX_SHOWN) + "…" else it }
                is Boolean -> value.toString()
                else -> kindOf(value)
            }
    }
}
