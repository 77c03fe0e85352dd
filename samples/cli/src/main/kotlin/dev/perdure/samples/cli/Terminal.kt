package dev.perdure.samples.cli

import java.io.Console
import java.io.InputStream
import java.io.PrintStream

/**
 * Where the program reads and writes: results go to [out], all else to [err]. Immutable.
 *
 * @property isInteractive whether somebody watches [err]
 */
class Terminal(
    val out: PrintStream,
    val err: PrintStream,
    val input: InputStream,
    val isInteractive: Boolean,
) {
    companion object {
        /** The process's own streams, in UTF-8. */
        fun ofProcess(): Terminal =
            Terminal(
                PrintStream(System.out, true, Charsets.UTF_8),
                PrintStream(System.err, true, Charsets.UTF_8),
                System.`in`,
                isTerminal(),
            )

        /** From JDK 22 on there may be a console where there is no terminal. */
        private fun isTerminal(): Boolean {
            val console = System.console() ?: return false
            val check = Console::class.java.methods.firstOrNull { it.name == "isTerminal" } ?: return true
            return check.invoke(console) as Boolean
        }
    }
}
