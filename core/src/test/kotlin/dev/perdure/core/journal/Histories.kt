package dev.perdure.core.journal

import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.PlainData
import io.kotest.property.Arb
import io.kotest.property.arbitrary.arbitrary
import java.math.BigDecimal
import java.math.BigInteger
import kotlin.random.Random

/** Generated changes, and what they mean for a plain map. */
object Histories {
    val change: Arb<Change> = arbitrary { source -> change(source.random) }

    val changes: Arb<Changes> = arbitrary { source -> changes(source.random, 6) }

    fun change(random: Random): Change =
        when (random.nextInt(5)) {
            0 -> {
                Change.Remove()
            }

            1 -> {
                Change.Append(List(random.nextInt(3)) { PlainData.value(random, 1) })
            }

            // exact numbers: sums of doubles depend on their order
            2 -> {
                Change.Increment(
                    if (random.nextBoolean()) random.nextLong() else Plain.ofNumber(BigDecimal("1.10")) as Number,
                )
            }

            else -> {
                Change.Put(value(random))
            }
        }

    fun changes(
        random: Random,
        keys: Int,
    ): Changes = Changes(List(random.nextInt(4)) { "k${random.nextInt(keys)}" to change(random) }.toMap())

    /** A value for a key: mostly such that changes fit it. */
    fun value(random: Random): Any? =
        when (random.nextInt(4)) {
            0 -> random.nextLong()
            1 -> BigInteger.valueOf(random.nextLong()).pow(3).let(Plain::ofNumber)
            2 -> List(random.nextInt(3)) { it.toLong() }
            else -> PlainData.value(random, 2).takeUnless { it is Double } // as above
        }

    /** [changes] applied to [map] in the plainest way; null when one does not fit. */
    fun apply(
        map: Map<String, Any?>,
        changes: Changes,
    ): Map<String, Any?>? {
        val after = LinkedHashMap(map)
        try {
            changes.byKey().forEach { (key, change) ->
                if (change is Change.Remove) {
                    after.remove(key)
                } else {
                    after[key] = change.applyTo(map.containsKey(key), map[key])
                }
            }
        } catch (_: PerdureException) {
            return null
        }
        return after
    }
}
