package dev.perdure.core

import io.kotest.property.Arb
import io.kotest.property.arbitrary.arbitrary
import java.math.BigDecimal
import java.math.BigInteger
import kotlin.random.Random

/** Generated plain data, canonical, with the values that break things more often than chance would have them. */
object PlainData {
    private val hostile =
        listOf(
            "",
            " ",
            "\u0000",
            "\ud800",
            "\udc00x",
            "\ud83d\ude00",
            "\"\\/\b\n\r\t",
            "\u007f\u0080\u2028",
            "é",
            "\u202e\u2066",
            "\ud83d\udc69\u200d\ud83d\ude80",
            "\uffff",
        )

    private val decimals =
        listOf(
            0.0,
            -0.0,
            Double.MIN_VALUE,
            Double.MAX_VALUE,
            -Double.MAX_VALUE,
            0.1,
            1e23,
            1e-7,
            3.14,
            9007199254740993.0,
        )

    private val integers =
        listOf(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, Int.MAX_VALUE + 1L, 9007199254740993L)

    /** Any plain value, at most a few levels deep. */
    val anything: Arb<Any?> = arbitrary { source -> value(source.random, 4) }

    /** Any text, half of the time one that needs care. */
    val text: Arb<String> = arbitrary { source -> text(source.random) }

    fun value(
        random: Random,
        depth: Int,
    ): Any? =
        when (random.nextInt(if (depth == 0) 6 else 8)) {
            0 -> {
                if (random.nextBoolean()) null else random.nextBoolean()
            }

            1 -> {
                text(random)
            }

            2 -> {
                if (random.nextBoolean()) integers.random(random) else random.nextLong()
            }

            3 -> {
                double(random)
            }

            4 -> {
                Plain.ofNumber(
                    BigDecimal(
                        BigInteger(random.nextBits(7) * 8, java.util.Random(random.nextLong())),
                        random.nextInt(-30, 30),
                    ),
                )
            }

            5 -> {
                Plain.ofNumber(BigInteger.valueOf(random.nextLong()).pow(random.nextInt(1, 6)))
            }

            6 -> {
                Plain.of(List(random.nextInt(5)) { value(random, depth - 1) })
            }

            else -> {
                Plain.of(List(random.nextInt(5)) { text(random) to value(random, depth - 1) }.toMap())
            }
        }

    private fun double(random: Random): Any =
        if (random.nextBoolean()) decimals.random(random) else Plain.ofNumber(Double.fromBits(random.nextLong()))

    private fun text(random: Random): String =
        if (random.nextBoolean()) {
            hostile.random(random)
        } else {
            String(CharArray(random.nextInt(12)) { random.nextInt(0x10000).toChar() })
        }

    /** A list in a list in a list …, [levels] of them. */
    fun nested(levels: Int): Any? = (1..levels).fold(null as Any?) { inner, _ -> listOf(inner) }
}
