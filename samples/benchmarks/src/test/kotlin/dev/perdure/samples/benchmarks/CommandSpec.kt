package dev.perdure.samples.benchmarks

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Path

private val EITHER = StoreKind.entries.toSet()
private val KNOWN =
    listOf(
        Workload("B1", "", EITHER) { listOf() },
        Workload("B2", "", setOf(StoreKind.SQLITE)) { listOf() },
        Workload("B11", "", EITHER) { listOf() },
    )
private val ALL = listOf("B1", "B2", "B11")

private fun parse(vararg args: String): Command = Command.parse(args.toList(), KNOWN)

class CommandSpec :
    FunSpec({
        test("without names, everything is measured") {
            parse() shouldBe Command.Measure(ALL, isQuick = false, isJson = false)
            parse("--quick", "--json") shouldBe Command.Measure(ALL, isQuick = true, isJson = true)
        }

        test("names are taken in any case, once, in the catalogue's order") {
            parse("b11", "--json", "B1", "b1") shouldBe
                Command.Measure(listOf("B1", "B11"), isQuick = false, isJson = true)
        }

        test("help and the list come before measuring") {
            parse("--help", "B1") shouldBe Command.Help
            parse("--list") shouldBe Command.ListWorkloads
        }

        test("drawings go to a directory") {
            parse("--plots=some/where", "B1") shouldBe
                Command.Measure(listOf("B1"), isQuick = false, isJson = false, Path.of("some/where"))
            shouldThrow<UsageException> { parse("--plots=") }.message shouldContain "--plots= needs a directory"
        }

        test("a store leaves out what is not measured with it, and refuses it where it is asked for") {
            val asked = Command.Measure(listOf("B1", "B11"), isQuick = false, isJson = false, null, StoreKind.POSTGRES)
            parse("--store=postgres") shouldBe asked
            parse("--store", "postgres", "B11", "B1") shouldBe asked
            shouldThrow<UsageException> { parse("--store=postgres", "B2") }.message shouldContain
                "B2 is not measured with --store=postgres; use --store=sqlite"
            shouldThrow<UsageException> { parse("--store") }.message shouldContain
                "unknown store \"\"; known are sqlite, postgres"
        }

        test("an unknown name is refused with those that are known") {
            val message = shouldThrow<UsageException> { parse("B1", "B99") }.message
            message shouldContain "unknown workload B99"
            message shouldContain "B1, B2, B11"
        }

        test("an unknown option is refused with those that are known") {
            shouldThrow<UsageException> { parse("--fast") }.message shouldContain
                "unknown option --fast; known are --quick"
        }

        test("every id of the issue is measured or said to be missing") {
            workloads.map { it.id }.toSet() shouldBe (1..13).map { "B$it" }.toSet()
        }
    })
