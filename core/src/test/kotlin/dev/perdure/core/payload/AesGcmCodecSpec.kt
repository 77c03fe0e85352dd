package dev.perdure.core.payload

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.spi.PayloadPlace
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldMatch
import io.kotest.matchers.string.shouldNotContain
import java.util.Base64

private const val TEXT = "{\"card\":\"4711-secret\"}"

/** A key of so many bytes, each of which is [seed]. */
internal fun key(
    seed: Int,
    bytes: Int = 32,
) = ByteArray(bytes) { seed.toByte() }

class AesGcmCodecSpec :
    FunSpec({
        val place = PayloadPlace("steps", "r", 3, "pay", "output")
        val codec = AesGcmCodec.of("k1", key(1))

        fun refusal(action: () -> Unit): PerdureException =
            shouldThrow<PerdureException> { action() }.also {
                it.code() shouldBe ErrorCode.UNREADABLE_PAYLOAD
                it.stackTraceToString() shouldNotContain "4711"
            }

        listOf(16, 24, 32).forEach { bytes ->
            test("what a key of $bytes bytes encoded it decodes, whatever the text") {
                val same = AesGcmCodec.of("k", key(7, bytes))
                listOf("null", TEXT, "\"\"", "\"${"x".repeat(3_000_000)}\"", "é漢🚀").forEach {
                    same.decode(same.encode(it, place), place) shouldBe it
                }
            }
        }

        test("a text is the id of its key and base64, and shows nothing of the payload") {
            val encoded = codec.encode(TEXT, place)
            encoded shouldMatch "k1:[A-Za-z0-9+/]+=*"
            encoded shouldNotContain "4711"
            String(Base64.getDecoder().decode(encoded.substringAfter(':')), Charsets.ISO_8859_1) shouldNotContain "4711"
        }

        test("the same payload is encoded differently each time, with a nonce of 96 bits of its own") {
            val nonces =
                (1..1_000).map {
                    Base64
                        .getDecoder()
                        .decode(codec.encode(TEXT, place).substringAfter(':'))
                        .take(12)
                }
            nonces.shouldBeUnique()
        }

        test("the newest key writes and every key reads, so that keys can be rotated") {
            val old = codec.encode(TEXT, place)
            val rotated = AesGcmCodec.of("k2", key(2)).reading("k1", key(1))
            rotated.decode(old, place) shouldBe TEXT
            rotated.encode(TEXT, place).substringBefore(':') shouldBe "k2"
            refusal { AesGcmCodec.of("k2", key(2)).decode(old, place) }.message shouldContain
                "key \"k1\" is not known here; known are [k2]"
        }

        test("another key with the same id decodes nothing") {
            val other = AesGcmCodec.of("k1", key(9))
            refusal { other.decode(codec.encode(TEXT, place), place) }.message shouldContain "another key called \"k1\""
        }

        test("a payload that was moved to another run, row, path, column or table is not decoded") {
            val encoded = codec.encode(TEXT, place)
            listOf(
                PayloadPlace("steps", "q", 3, "pay", "output"),
                PayloadPlace("steps", "r", 4, "pay", "output"),
                PayloadPlace("steps", "r", 3, "pay2", "output"),
                PayloadPlace("steps", "r", 3, "pay", "changes"),
                PayloadPlace("runs", "r", 3, "pay", "output"),
            ).forEach { elsewhere -> refusal { codec.decode(encoded, elsewhere) } }
        }

        test("whichever bit of a text is changed, it is not decoded") {
            val encoded = codec.encode("12", place)
            val bytes = Base64.getDecoder().decode(encoded.substringAfter(':'))
            for (bit in 0 until bytes.size * 8) {
                val forged = bytes.copyOf()
                forged[bit / 8] = (forged[bit / 8].toInt() xor (1 shl bit % 8)).toByte()
                refusal { codec.decode("k1:" + Base64.getEncoder().encodeToString(forged), place) }
            }
        }

        test("a text that was cut off, or is none of this codec, is not decoded") {
            val encoded = codec.encode(TEXT, place)
            for (length in 0 until encoded.length) refusal { codec.decode(encoded.take(length), place) }
            listOf("", ":", "k1", "k1:", "k1:%%", "k1:AAAA", "4711\n:AAAA", TEXT).forEach {
                refusal { codec.decode(it, place) }
            }
        }

        test("a key of a wrong length, an id that is taken and an odd id are refused without showing the key") {
            listOf(
                { AesGcmCodec.of("k", key('K'.code, 31)) },
                { AesGcmCodec.of("k", ByteArray(0)) },
                { AesGcmCodec.of("", key(1)) },
                { AesGcmCodec.of("a:b", key(1)) },
                { AesGcmCodec.of("x".repeat(65), key(1)) },
                { codec.reading("k1", key(2)) },
            ).forEach {
                val refused = shouldThrow<PerdureException> { it() }
                refused.code() shouldBe ErrorCode.INVALID_ARGUMENT
                refused.message shouldNotContain "KKK"
            }
        }

        test("it shows the ids of its keys, never a key") {
            AesGcmCodec.of("new", key('A'.code)).reading("old", key('B'.code)).toString() shouldBe
                "AesGcmCodec[writes new, reads [new, old]]"
        }

        test("the caller's array is copied, so that it may be wiped") {
            val given = key(5)
            val copied = AesGcmCodec.of("k", given)
            val encoded = copied.encode(TEXT, place)
            given.fill(0)
            copied.decode(encoded, place) shouldBe TEXT
            AesGcmCodec.of("k", key(5)).decode(copied.encode(TEXT, place), place) shouldBe TEXT
        }
    })
