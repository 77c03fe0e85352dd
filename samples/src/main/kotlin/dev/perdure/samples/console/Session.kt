package dev.perdure.samples.console

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.spi.RunQuery
import dev.perdure.dsl.engine
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import dev.perdure.samples.support.JournalTable
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.runBlocking
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.exists

/** Carries out commands on one store and one employee. Each opens the store and closes it again. */
class Session(
    private val store: Path,
    private val employee: String,
    private val speed: Double,
    private val out: PrintStream,
) {
    private val runId = "onboarding of $employee"

    /** Runs, or goes on; returns the exit code. */
    fun run(): Int = open(Narrator(out)).use { engine -> finish(engine) }

    /** Runs until the JVM halts; returns only when there is nothing left to crash. */
    fun crash(): Int {
        val status = readOnly { it.find(runId).map { run -> run.status() }.orElse(null) }
        if (status == RunStatus.COMPLETED) {
            out.println("The onboarding of $employee is done already: there is nothing to crash. Reset it first.")
            return ConsoleExit.FAILED
        }
        out.println("This JVM will halt in mid-flight (exit code ${ConsoleExit.HALTED}). The next run goes on.")
        return open(Narrator(out), Plug(out)).use { engine -> finish(engine) }
    }

    /** An engine that knows no workflow leaves the runs in its store alone, so that nothing starts just to be forgotten. */
    fun reset(): Int {
        if (readOnly { it.find(runId).isPresent } != true) {
            out.println("Nothing is recorded of $employee; nothing to reset.")
            return ConsoleExit.OK
        }
        SqliteStore.open(store).engine().use { it.reset(runId).join() }
        out.println("The onboarding of $employee is forgotten.")
        return ConsoleExit.OK
    }

    /** Shows every run in the store. */
    fun show(): Int {
        val shown =
            readOnly { open ->
                val runs = open.list(RunQuery.all())
                runs.forEach { JournalTable.print(it, open.journal(it.id()), out) }
                runs.size
            } ?: 0
        if (shown == 0) {
            out.println("Nothing is recorded yet in $store.")
        }
        return ConsoleExit.OK
    }

    /** Whether a former session left the onboarding unfinished. */
    fun isUnfinished(): Boolean =
        readOnly { it.find(runId).map { run -> !run.status().isTerminal }.orElse(false) } ?: false

    private fun finish(engine: Engine): Int =
        runBlocking {
            val wasDone = engine.find(runId).map { it.status() == RunStatus.COMPLETED }.orElse(false)
            val run = engine.start("employee_onboarding", NewEmployee(employee), id = runId)
            val ended = run.join()
            if (ended.status() == RunStatus.COMPLETED) {
                out.println("${if (wasDone) "Done before, nothing ran again" else "Done"}: ${run.outputOf(ended)}")
                ConsoleExit.OK
            } else {
                out.println("The onboarding is ${ended.status()}; see what is recorded (${Command.SHOW.word}).")
                ConsoleExit.FAILED
            }
        }

    private fun open(vararg listeners: EngineListener): Engine {
        Files.createDirectories(store.toAbsolutePath().parent)
        return SqliteStore.open(store).engine(employeeOnboarding(speed)) { listeners.forEach { listener(it) } }
    }

    /** Looks into the store, if there is one, without touching what is in it. */
    private fun <T> readOnly(look: (SqliteStore) -> T): T? =
        if (store.exists()) SqliteStore.open(store).use(look) else null
}
