package dev.perdure.samples.onboarding

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.workflow
import dev.perdure.samples.onboarding.java.JavaOnboarding
import dev.perdure.storage.SqliteStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import java.sql.DriverManager

private const val EMPLOYEES = 60

/** The demo in child JVMs, and what it left. */
private class Finished(program: OnboardingProgram, directory: File) {
    private val store = directory.toPath().resolve("onboarding.db")
    private val effects: List<Effect>
    private val paths = listOf("create_record", "setup/laptop", "setup/access", "setup/welcome_email", "finish")
    private val printed = ByteArrayOutputStream()
    val exitCode =
        CrashDemo(
            program,
            directory.toPath(),
            EMPLOYEES,
            speed = 4.0,
            out = PrintStream(printed, true),
            childOutput = directory.resolve("children.log"),
        ).run()
    val output: String = printed.toString()

    init {
        effects = EffectsLedger.read(directory.toPath().resolve("effects.log"))
    }

    fun snapshot(): JournalSnapshot = SqliteStore.open(store).use { JournalSnapshot.of(it) }

    fun proof(atEnd: JournalSnapshot = snapshot()): Proof {
        val runIds = (1..EMPLOYEES).mapTo(linkedSetOf()) { "onboard-E%04d".format(it) }
        val atCrash = JournalSnapshot(emptyMap(), emptyList())
        return Proof(Evidence(runIds, paths.toSet(), atCrash, atEnd, effects))
    }

    fun tamper(sql: String) {
        DriverManager.getConnection("jdbc:sqlite:$store").use { connection ->
            connection.createStatement().use { it.executeUpdate(sql) shouldBe 1 }
        }
    }

    fun lives(): Set<Int> = effects.mapTo(sortedSetOf()) { it.life }
}

/** Its parent process expects a step that its child JVMs do not have. */
private object MoreIsExpected : OnboardingProgram by KotlinOnboarding {
    override fun workflow(office: Office): Workflow<*, *> =
        workflow<Employee, Onboarded>("onboard_employee") {
            step("create_record") { }
            parallel("setup") {
                step("laptop") { }
                step("access") { }
                step("welcome_email") { }
            }
            step("never_there") { }
            step("finish") { Onboarded("", Setup("", "", "")) }
        }
}

class OnboardingDemoSpec :
    FunSpec({
        for (program in listOf(KotlinOnboarding, JavaOnboarding())) {
            test("in ${program.language()}, a JVM halts in mid-flight, another one finishes, and the proof holds") {
                val finished = Finished(program, tempdir())
                finished.exitCode shouldBe DemoExit.OK
                finished.output shouldContain
                    "PROOF OK: $EMPLOYEES runs, ${EMPLOYEES * 5} steps, 0 ran twice after being recorded, 0 missing"
                finished.output shouldContain "line 419 skipped"
                finished.lives() shouldBe setOf(1, 2)
                finished
                    .snapshot()
                    .runs.values
                    .toSet() shouldBe setOf(RunStatus.COMPLETED)
                finished.proof().findings.shouldBeEmpty()
            }
        }
        test("the proof sees a row that was deleted from the store, and one that was added") {
            val finished = Finished(KotlinOnboarding, tempdir())
            val row = "run_id = 'onboard-E0007' and path = 'setup/access' and status = 'COMPLETED'"
            val columns = "run_id, path, parent_path, branch, kind, attempt, status, output, checksum"
            finished.tamper("insert into steps (seq, $columns) select seq + 1000, $columns from steps where $row")
            finished.proof().findings.single() shouldBe "onboard-E0007 setup/access: 2 COMPLETED rows"
            finished.tamper("delete from steps where $row and seq < 1000")
            finished.tamper("delete from steps where $row")
            finished.proof().missing.single() shouldBe "onboard-E0007 setup/access: there is no COMPLETED row"
            finished.proof().isOk.shouldBeFalse()
        }
        test("a demo whose proof fails says so and ends with another exit code") {
            val finished = Finished(MoreIsExpected, tempdir())
            finished.exitCode shouldBe DemoExit.FAILED
            finished.output shouldContain "! onboard-E0001 never_there: there is no COMPLETED row"
            finished.output shouldContain
                "PROOF FAILED: 60 runs, 300 steps, 0 ran twice after being recorded, 60 missing"
        }
        test("a file with a store in it is not used for another demo") {
            val directory = tempdir()
            directory.resolve("onboarding.db").createNewFile().shouldBeTrue()
            runDemo(KotlinOnboarding, arrayOf("--dir", "$directory", "--employees", "3")) shouldBe DemoExit.USAGE
        }
        test("a command line that cannot be meant ends with its own exit code") {
            for (args in listOf("--employees 0", "--employees many", "--speed -1", "--dir", "--color red", "now")) {
                runDemo(KotlinOnboarding, args.split(" ").toTypedArray()) shouldBe DemoExit.USAGE
            }
        }
        test("the mail server refuses some employees' first attempt, always the same") {
            val emails = EmployeeCsv.bundled().employees.map { it.email }
            EffectsLedger.open(tempdir().toPath().resolve("ledger"), life = 1).use { ledger ->
                val office = Office(ledger)
                val refused = emails.filter { runCatching { office.welcome(it, 1) }.isFailure }
                refused.size shouldBeInRange 50..300
                refused.shouldNotBeEmpty()
                refused.filter { runCatching { office.welcome(it, 1) }.isSuccess }.shouldBeEmpty()
                refused.filter { runCatching { office.welcome(it, 2) }.isFailure }.shouldBeEmpty()
            }
        }
    })
