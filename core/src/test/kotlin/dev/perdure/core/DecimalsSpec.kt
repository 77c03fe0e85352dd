package dev.perdure.core

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.arbitrary.double
import io.kotest.property.arbitrary.filter
import io.kotest.property.arbitrary.float
import io.kotest.property.checkAll

class DecimalsSpec :
    FunSpec({
        test("the text of a double is the same on every JDK, also where Double.toString is not") {
            // JDK 17 and 25 print some of these with different digits.
            Decimals.textOf(Math.scalb(1.0, -44)) shouldBe "5.6843418860808015E-14"
            Decimals.textOf(2.0E-3) shouldBe "0.002"
            Decimals.textOf(2e23) shouldBe "2.0E23"
            Decimals.textOf(1e23) shouldBe "1.0E23"
            Decimals.textOf(0.1) shouldBe "0.1"
            Decimals.textOf(-0.0) shouldBe "-0.0"
            Decimals.textOf(12345678.9) shouldBe "1.23456789E7"
            Decimals.textOf(-1.5e-9) shouldBe "-1.5E-9"
            Decimals.textOf(3.0) shouldBe "3.0"
            Decimals.textOf(Double.MAX_VALUE) shouldBe "1.7976931348623157E308"
            Decimals.textOf(0.1 + 0.2) shouldBe "0.30000000000000004"
        }
        test("every double reads back from its text") {
            checkAll(Arb.double().filter { it.isFinite() }) { value ->
                Decimals.textOf(value).toDouble().toRawBits() shouldBe value.toRawBits()
            }
        }
        test("every float reads back from the double that it is written as") {
            checkAll(Arb.float().filter { it.isFinite() }) { value ->
                Decimals.widen(value).toFloat().toRawBits() shouldBe value.toRawBits()
            }
            Decimals.widen(0.1f) shouldBe 0.1
        }
    })
