package dev.perdure.samples.onboarding

import dev.perdure.core.RunStatus
import dev.perdure.samples.support.ChildJvm
import dev.perdure.samples.support.UsageException
import dev.perdure.storage.SqliteStore
import java.io.File
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.exists

/** The parent's part: starts a JVM that crashes, looks at the store, starts another one that finishes, and proves. */
class CrashDemo(
    private val program: OnboardingProgram,
    directory: Path,
    private val count: Int,
    private val speed: Double,
    private val out: PrintStream = System.out,
    private val childOutput: File? = null,
) {
    private val store = directory.resolve("onboarding.db")
    private val ledger = directory.resolve("effects.log")
    private val stepPaths: List<String> =
        Files.createDirectories(directory).let {
            EffectsLedger.open(ledger, life = 0).use { program.workflow(Office(it)).stepPaths() }
        }
    private val steps = count * stepPaths.size

    /** Runs the demo and returns its exit code. */
    fun run(): Int {
        if (store.exists()) {
            throw UsageException("$store is there already; the demo starts with an empty directory")
        }
        val input = EmployeeCsv.bundled()
        introduce(input)
        out.println("\n[1/4] A JVM starts $count runs. It will halt in mid-flight, as in a power cut.")
        val crashed = child(life = 1, haltAfter = maxOf(1, steps * CRASH_AT_PERCENT / 100))
        check(crashed == DemoExit.HALTED) { "the first JVM should have halted itself; its exit code is $crashed" }
        val atCrash = snapshot()
        describeCrash(atCrash)
        out.println("\n[3/4] Another JVM opens the same store and goes on.")
        val finished = child(life = 2, haltAfter = null)
        return conclude(input.employees, atCrash, finished)
    }

    private fun introduce(input: EmployeeList) {
        out.println("Perdure onboarding demo, in ${program.language()}")
        out.println(
            "  input    employees.csv: ${input.employees.size} employees, ${input.skipped.size} line(s) skipped",
        )
        input.skipped.forEach { out.println("           line ${it.number} skipped: ${it.reason}") }
        out.println("  plan     one durable run for each of $count employees, ${stepPaths.size} steps each:")
        out.println("           create_record; laptop, access and welcome_email in parallel; finish")
        out.println("  store    $store")
        out.println("  ledger   $ledger (what the step bodies did, written apart from the store)")
    }

    private fun child(
        life: Int,
        haltAfter: Int?,
    ): Int {
        val order = WorkOrder(store, ledger, life, count, haltAfter, speed)
        val jvm = ChildJvm.start(program.mainClass(), listOf(WORKER) + order.toArguments(), childOutput)
        val exitCode = jvm.await(CHILD_SECONDS)
        val how = if (exitCode == DemoExit.HALTED) "halted itself" else "ended"
        out.println("\n      JVM ${jvm.pid} $how, exit code $exitCode.")
        return exitCode
    }

    /** Nobody has the store open at this time; this reads it and leaves it as it is. */
    private fun snapshot(): JournalSnapshot = SqliteStore.open(store).use { JournalSnapshot.of(it) }

    private fun describeCrash(atCrash: JournalSnapshot) {
        val runs =
            atCrash.runs.values
                .groupingBy { it }
                .eachCount()
        val done = runs[RunStatus.COMPLETED] ?: 0
        val waiting = runs[RunStatus.PENDING] ?: 0
        val begun = atCrash.runs.size - done - waiting
        val absent = count - atCrash.runs.size
        out.println("\n[2/4] The store after the crash:")
        out.println("      runs     $done completed, $begun in flight, $waiting waiting, $absent not in the store yet")
        out.println("      steps    ${atCrash.completed.size} of $steps recorded. These must not run again.")
    }

    private fun conclude(
        employees: List<Employee>,
        atCrash: JournalSnapshot,
        exitCode: Int,
    ): Int {
        val runIds = employees.take(count).mapTo(linkedSetOf(), Worker::runId)
        val evidence = Evidence(runIds, stepPaths.toSet(), atCrash, snapshot(), EffectsLedger.read(ledger))
        describeEnd(Account(evidence))
        val proof = Proof(evidence)
        proof.findings.take(EXAMPLES).forEach { out.println("      ! $it") }
        out.println("\n${proof.summary()}")
        return if (proof.isOk && exitCode == DemoExit.OK) DemoExit.OK else DemoExit.FAILED
    }

    private fun describeEnd(account: Account) {
        out.println("\n[4/4] What the store and the ledger say:")
        tell(
            "recorded before the crash",
            account.recordedBefore,
            "steps; ${account.repeatedAfter} of their bodies ran again",
        )
        tell("recorded after the crash", account.recordedAfter, "steps, by ${account.bodiesAfter} bodies")
        tell("cut off by the crash", account.cutOff.size, "bodies; each ran again with the next attempt number, e.g.")
        account.cutOff.take(3).forEach { out.println("        $it") }
        tell("done but not yet recorded", account.doneUnrecorded, "of those (why a body gets an idempotency key)")
        tell("noted as interrupted", account.interruptions, "steps that were due at the crash, started or not")
        tell("refused by the mail server", account.failedAttempts, "emails, each retried")
        account.exampleRun()?.let { run ->
            out.println("      A run that the crash caught in the middle, $run:")
            account.story(run).forEach { out.println("        $it") }
        }
    }

    private fun tell(
        what: String,
        number: Int,
        of: String,
    ) = out.println("      %-28s%6d %s".format(what, number, of))

    companion object {
        /** The first argument of a child JVM. */
        const val WORKER = "worker"
        private const val CRASH_AT_PERCENT = 40
        private const val CHILD_SECONDS = 120L
        private const val EXAMPLES = 10
    }
}
