package dev.perdure.samples.fleet

import dev.perdure.samples.onboarding.DemoExit
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldContainIgnoringCase
import java.io.ByteArrayOutputStream
import java.io.PrintStream

class FleetDemoSpec :
    FunSpec({
        val directory = tempdir()

        test("a worker of three is killed, others finish its runs, and each order is booked once") {
            val printed = ByteArrayOutputStream()
            val log = directory.resolve("children.log")
            val exitCode = FleetDemo(orders = 240, out = PrintStream(printed, true), childOutput = log).run()
            withClue("$printed\n${log.readText()}") {
                exitCode shouldBe DemoExit.OK
                printed.toString() shouldContain "is killed; it has"
                printed.toString() shouldContain "PROVEN: all 240 orders shipped, each booked once"
                log.readText() shouldContainIgnoringCase "took over from leases"
            }
        }
    })
