package dev.perdure.samples.console

import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.dsl.engine
import dev.perdure.samples.support.ChildJvm
import dev.perdure.storage.SqliteStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldNotContain
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Path

private const val MAIN = "dev.perdure.samples.console.EmployeeConsoleKt"
private const val SECONDS = 60L

private class Answer(val code: Int, val text: String)

/** The program on one store, in this JVM or in another. */
private class Console(private val directory: Path) {
    val store: Path = directory.resolve("employee.db")
    private val options = listOf("--store", "$store", "--speed", "20", "--employee", "Zoë")

    fun run(
        vararg args: String,
        typed: String = "",
    ): Answer {
        val bytes = ByteArrayOutputStream()
        val out = PrintStream(bytes, true)
        val code = EmployeeConsole(typed.reader().buffered(), out, out).run(args.toList() + options)
        return Answer(code, bytes.toString())
    }

    fun runInAnotherJvm(command: String): Answer {
        val output = directory.resolve("$command.log").toFile()
        val code = ChildJvm.start(MAIN, listOf(command) + options, output).await(SECONDS)
        return Answer(code, output.readText())
    }

    fun completed(): List<String> =
        SqliteStore
            .open(store)
            .use { it.journal("onboarding of Zoë") }
            .filter { it.status() == StepStatus.COMPLETED && it.kind() == "step" }
            .map(Row::path)
}

private fun FunSpec.console() = Console(tempdir().toPath())

class EmployeeConsoleSpec :
    FunSpec({
        test("an onboarding that a crash cut off goes on at the next run, and what was recorded does not run again") {
            val console = console()
            val crash = console.runInAnotherJvm("crash")
            crash.code shouldBe ConsoleExit.HALTED
            crash.text shouldContain "the JVM halts"
            console.completed() shouldContain "create_record"
            console.completed() shouldNotContain "welcome_email"
            val resumed = console.runInAnotherJvm("run")
            resumed.code shouldBe ConsoleExit.OK
            resumed.text shouldNotContain "create_record: attempt"
            resumed.text shouldContain "Done: "
            console.completed() shouldContainExactlyInAnyOrder
                listOf("create_record", "equipment/access", "equipment/laptop", "welcome_email")
        }
        test("the menu goes on with what a crash left, before anything is typed") {
            val console = console()
            console.runInAnotherJvm("crash").code shouldBe ConsoleExit.HALTED
            val menu = console.run(typed = "5\n")
            menu.code shouldBe ConsoleExit.OK
            menu.text shouldContain "left an onboarding unfinished"
            menu.text shouldContain "Done: Zoë has a laptop and a badge"
        }
        test("a reset after a crash forgets the run without running any of it, and the next one begins anew") {
            val console = console()
            console.runInAnotherJvm("crash").code shouldBe ConsoleExit.HALTED
            val reset = console.run("reset")
            reset.code shouldBe ConsoleExit.OK
            reset.text shouldBe "The onboarding of Zoë is forgotten.${System.lineSeparator()}"
            console.run("show").text shouldContain "Nothing is recorded yet"
            console.run("run").text shouldContain "create_record: attempt 1 runs"
        }
        test("a run that is done is shown again, not run again, and cannot be crashed") {
            val console = console()
            console.run("run").code shouldBe ConsoleExit.OK
            val second = console.run("run")
            second.code shouldBe ConsoleExit.OK
            second.text shouldContain "Done before, nothing ran again"
            second.text shouldNotContain "attempt"
            val crash = console.run("crash")
            crash.code shouldBe ConsoleExit.FAILED
            crash.text shouldContain "Reset it first"
        }
        test("show prints what is recorded and makes no store where there is none") {
            val console = console()
            console.run("show").text shouldContain "Nothing is recorded yet in ${console.store}"
            console.store.toFile().exists() shouldBe false
            console.run("reset").text shouldContain "nothing to reset"
            console.run("run")
            console.run("show").text shouldContain "equipment/laptop"
        }
        test("the menu takes numbers and words, says what it does not know, and ends with its input") {
            val menu = console().run(typed = "9\n show \n3\nexit\n4\n")
            menu.code shouldBe ConsoleExit.OK
            menu.text shouldContain "\"9\" is not in the menu; type a number from 1 to 5."
            menu.text shouldContain "Nothing is recorded yet"
            menu.text shouldContain "nothing to reset"
            console().run(typed = "").code shouldBe ConsoleExit.OK
        }
        test("a command line that cannot be meant is explained") {
            val bad =
                mapOf(
                    "fly" to "unknown command fly",
                    "1" to "unknown command 1",
                    "run show" to "more than one command: run show",
                    "run --colour red" to "unknown option --colour; known are --store, --employee, --speed",
                    "run --speed fast" to "--speed fast: expected a number above 0",
                    "run --speed 0" to "--speed 0: expected a number above 0",
                    "run --employee" to "--employee needs a value",
                    "run --speed 1 --speed 2" to "--speed is there twice",
                )
            for ((line, message) in bad) {
                val bytes = ByteArrayOutputStream()
                val err = PrintStream(bytes, true)
                val console = EmployeeConsole("".reader().buffered(), PrintStream(ByteArrayOutputStream()), err)
                console.run(line.split(" ")) shouldBe ConsoleExit.USAGE
                bytes.toString() shouldContain message
                bytes.toString() shouldContain "usage: "
            }
            console().run("run", "--employee", "").code shouldBe ConsoleExit.USAGE
        }
        test("a store that another engine holds, or that is no store, ends with its own exit code") {
            val console = console()
            SqliteStore.open(console.store).engine().use {
                val refused = console.run("run")
                refused.code shouldBe ConsoleExit.STORE
                refused.text shouldContain "in use"
                console.run(typed = "1\n5\n").code shouldBe ConsoleExit.OK
            }
            val other = console()
            other.store.toFile().writeText("this is no database, but it is long enough to be taken for one".repeat(200))
            other.run("show").code shouldBe ConsoleExit.STORE
        }
    })
