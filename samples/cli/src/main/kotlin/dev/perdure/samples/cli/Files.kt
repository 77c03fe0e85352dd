package dev.perdure.samples.cli

import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import java.io.IOException
import java.nio.charset.CharacterCodingException
import java.nio.file.Files
import java.nio.file.InvalidPathException
import java.nio.file.Path

/**
 * The text of a file that the command line names.
 *
 * @throws UsageException when it cannot be read
 */
internal fun readText(
    file: Path,
    what: String,
): String =
    try {
        Files.readString(file)
    } catch (_: CharacterCodingException) {
        throw UsageException("the file of $what $file is not in UTF-8")
    } catch (failed: IOException) {
        throw UsageException("the file of $what $file cannot be read: ${reason(failed)}")
    }

/** In words: many of these exceptions have the path as their message. */
internal fun reason(failed: IOException): String =
    when (failed) {
        is java.nio.file.NoSuchFileException -> "there is no such file"
        is java.nio.file.AccessDeniedException -> "access is denied"
        else -> failed.message ?: failed.javaClass.simpleName
    }

/**
 * The value that an argument gives: `-` for standard input, the name of a file, or else JSON.
 *
 * @throws UsageException when it is none of these
 */
internal fun readValue(
    argument: String,
    terminal: Terminal,
): Any? {
    val file = existingFile(argument)
    val text =
        when {
            argument == "-" -> String(terminal.input.readAllBytes(), Charsets.UTF_8)
            file != null -> readText(file, "input")
            else -> argument
        }
    try {
        return Json.read(text)
    } catch (malformed: PerdureException) {
        val where = if (file == null && argument != "-") "it is neither a file nor JSON" else "its content is no JSON"
        throw UsageException("${shown(argument)} cannot be read: $where (${malformed.message})")
    }
}

private fun shown(argument: String) = "the value \"${argument.take(40)}${if (argument.length > 40) "…" else ""}\""

private fun existingFile(argument: String): Path? =
    try {
        Path.of(argument).takeIf { Files.isRegularFile(it) }
    } catch (_: InvalidPathException) {
        null
    }
