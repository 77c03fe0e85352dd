package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldNotContain
import java.util.Base64

class CallbackTokenSpec :
    FunSpec({
        val request = Path.parse("pay#request")

        test("a token has 256 random bits, more than the 128 that it takes") {
            val secrets = (1..1_000).map { CallbackToken.make("r", request).secret() }
            secrets.shouldBeUnique()
            secrets.forEach { Base64.getUrlDecoder().decode(it).size shouldBe 32 }
            val bits = BooleanArray(256)
            secrets.forEach { secret ->
                Base64.getUrlDecoder().decode(secret).forEachIndexed { at, byte ->
                    repeat(8) { if (byte.toInt() shr it and 1 == 1) bits[at * 8 + it] = true }
                }
            }
            bits.count { it } shouldBe 256
        }

        test("what is stored is a SHA-256, from which the token does not follow") {
            val token = CallbackToken.make("r", request)
            token.hash().length shouldBe 64
            token.hash() shouldNotContain token.secret()
            token.hasHash(token.hash()) shouldBe true
            token.hasHash(CallbackToken.make("r", request).hash()) shouldBe false
            token.hasHash("") shouldBe false
            token.hasHash(token.hash().uppercase()) shouldBe false
        }

        test("its text comes back, is safe in a URL, and neither toString nor an error shows the secret") {
            val token = CallbackToken.make("run / ü ?", request)
            CallbackToken.parse(token.text()) shouldBe token
            Regex("[A-Za-z0-9_.-]+").matches(token.text()) shouldBe true
            token.toString() shouldNotContain token.secret()
            listOf(token.text() + ".x", "x." + token.secret(), "%.%." + token.secret(), "").forEach {
                val refused = shouldThrow<PerdureException> { CallbackToken.parse(it) }
                refused.code() shouldBe ErrorCode.INVALID_TOKEN
                refused.stackTraceToString() shouldNotContain token.secret()
            }
        }
    })
