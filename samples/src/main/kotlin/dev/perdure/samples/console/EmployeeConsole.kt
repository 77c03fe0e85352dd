package dev.perdure.samples.console

import dev.perdure.core.ErrorCode
import dev.perdure.core.Names
import dev.perdure.core.PerdureException
import dev.perdure.core.spi.StoreException
import dev.perdure.samples.support.Arguments
import dev.perdure.samples.support.UsageException
import java.io.BufferedReader
import java.io.PrintStream
import java.nio.file.InvalidPathException
import java.nio.file.Path
import kotlin.system.exitProcess

/** Onboards one employee, from a menu or from the command line. */
fun main(args: Array<String>) {
    System.setProperty("engine.log", "ERROR") // see logback.xml
    val code = EmployeeConsole(System.`in`.bufferedReader(), System.out, System.err).run(args.toList())
    if (code != ConsoleExit.OK) {
        exitProcess(code)
    }
}

/** The program; see [ConsoleExit] for what it returns. */
class EmployeeConsole(private val input: BufferedReader, private val out: PrintStream, private val err: PrintStream) {
    fun run(args: List<String>): Int =
        try {
            start(Arguments.parse(args, setOf("store", "employee", "speed")))
        } catch (e: UsageException) {
            err.println(e.message)
            err.println(usage)
            ConsoleExit.USAGE
        } catch (e: StoreException) {
            err.println(e.message)
            ConsoleExit.STORE
        } catch (e: PerdureException) {
            err.println(e.message)
            if (e.code() == ErrorCode.INVALID_NAME) ConsoleExit.USAGE else ConsoleExit.FAILED
        }

    private fun start(given: Arguments): Int {
        val employee = given.text("employee") ?: "Zoë O'Brien"
        if (employee.length > LONGEST_NAME || !Names.isValid(employee)) {
            throw UsageException("--employee: expected 1 to $LONGEST_NAME characters without control characters")
        }
        val session = Session(storeOf(given), employee, given.factor("speed") ?: 1.0, out)
        return when (given.words.size) {
            0 -> menu(session)
            1 -> perform(session, commandOf(given.words.single()))
            else -> throw UsageException("more than one command: ${given.words.joinToString(" ")}")
        }
    }

    private fun storeOf(given: Arguments): Path {
        val text = given.text("store") ?: "target/employee-onboarding.db"
        try {
            return Path.of(text).toAbsolutePath()
        } catch (e: InvalidPathException) {
            throw UsageException("--store $text: ${e.reason}")
        }
    }

    private fun commandOf(word: String) =
        Command.entries.firstOrNull { it.word == word } ?: throw UsageException("unknown command $word")

    private fun perform(
        session: Session,
        command: Command,
    ): Int =
        when (command) {
            Command.RUN -> session.run()
            Command.CRASH -> session.crash()
            Command.RESET -> session.reset()
            Command.SHOW -> session.show()
            Command.EXIT -> ConsoleExit.OK
        }

    private fun menu(session: Session): Int {
        if (session.isUnfinished()) {
            out.println("The last session left an onboarding unfinished. It goes on.")
            session.run()
        }
        while (true) {
            Command.entries.forEach { out.println("  ${it.number}  ${it.word.padEnd(6)} ${it.meaning}") }
            out.print("> ")
            out.flush()
            val typed = input.readLine() ?: return ConsoleExit.OK
            when (val command = Command.parse(typed)) {
                Command.EXIT -> {
                    return ConsoleExit.OK
                }

                null -> {
                    out.println(
                        "\"${typed.trim()}\" is not in the menu; type a number from 1 to ${Command.entries.size}.",
                    )
                }

                else -> {
                    performInMenu(session, command)
                }
            }
        }
    }

    private fun performInMenu(
        session: Session,
        command: Command,
    ) {
        try {
            perform(session, command)
        } catch (e: PerdureException) {
            out.println(e.message)
        }
    }

    private companion object {
        const val LONGEST_NAME = 100
        val usage: String =
            "usage: [COMMAND] [--store FILE] [--employee NAME] [--speed FACTOR]\n" +
                Command.entries.joinToString("\n") { "  ${it.word.padEnd(6)} ${it.meaning}" } +
                "\nwithout a command there is a menu. Exit codes: 0 done, 1 failed, 2 bad usage, 3 halted as asked, " +
                "4 the store cannot be used"
    }
}
