package dev.perdure.samples.cli

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus

/** What the program ends with; the README has the same list. */
object ExitCode {
    /** Done; where a run was worked on, it COMPLETED, or was cancelled as asked. */
    const val DONE = 0

    /** The run ended otherwise than COMPLETED, or stopped. */
    const val RUN_FAILED = 1

    /** The command line, the input or the file of agents cannot be meant. */
    const val USAGE = 2

    /** A workflow file, or a text that the store keeps, breaks the rules of the format. */
    const val BAD_DEFINITION = 3

    /** The store is in use, cannot be read or written, or is not there. */
    const val STORE = 4

    /** The run only waits: for a signal, or for a time that is too far off. */
    const val WAITS = 5

    /** What was asked does not fit what the store has: no such run, an id that is taken, a run that has ended. */
    const val REFUSED = 6

    /** A defect of this program. */
    const val DEFECT = 7

    /** What a refusal by the library comes to. */
    fun of(code: ErrorCode): Int =
        when (code) {
            ErrorCode.INVALID_DEFINITION -> BAD_DEFINITION

            ErrorCode.INVALID_NAME, ErrorCode.INVALID_ARGUMENT, ErrorCode.LIMIT_EXCEEDED, ErrorCode.NOT_ENCODABLE,
            -> USAGE

            ErrorCode.STORE_IN_USE, ErrorCode.STORE_UNAVAILABLE, ErrorCode.STORE_TOO_NEW, ErrorCode.OWNERSHIP_LOST,
            ErrorCode.CORRUPT_ROW,
            -> STORE

            ErrorCode.INTERNAL -> DEFECT

            else -> REFUSED
        }

    /** What the state of a run comes to. */
    fun of(status: RunStatus): Int =
        when (status) {
            RunStatus.COMPLETED -> DONE
            RunStatus.WAITING, RunStatus.PAUSED -> WAITS
            else -> RUN_FAILED
        }
}

/** The command line cannot be meant, for the reason that the message says. */
class UsageException(message: String) : RuntimeException(message)

/** There is no store where one is to be. */
class NoStoreException(message: String) : RuntimeException(message)
