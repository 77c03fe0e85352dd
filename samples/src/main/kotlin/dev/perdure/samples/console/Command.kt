package dev.perdure.samples.console

/**
 * What the program can be asked for.
 *
 * @property number its place in the menu
 * @property word its name on the command line
 */
enum class Command(val number: Int, val word: String, val meaning: String) {
    RUN(1, "run", "run the onboarding; one that was begun goes on, one that is done is shown"),
    CRASH(2, "crash", "run it with a crash: the JVM halts in mid-flight, and the next run goes on"),
    RESET(3, "reset", "forget the onboarding, so that it can be run anew"),
    SHOW(4, "show", "show what is recorded"),
    EXIT(5, "exit", "leave"),
    ;

    companion object {
        /** The command that somebody typed, as a number or a word; null when it is none. */
        fun parse(typed: String): Command? {
            val text = typed.trim().lowercase()
            return entries.firstOrNull { it.word == text || it.number.toString() == text }
        }
    }
}

/** What the program ends with. */
object ConsoleExit {
    /** Done. */
    const val OK = 0

    /** The onboarding failed, or cannot be crashed because it is done. */
    const val FAILED = 1

    /** The command line cannot be meant. */
    const val USAGE = 2

    /** The JVM halted itself, as asked. */
    const val HALTED = 3

    /** The store is in use, or cannot be read or written. */
    const val STORE = 4
}
