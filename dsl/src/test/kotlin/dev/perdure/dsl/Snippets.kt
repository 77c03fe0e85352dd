package dev.perdure.dsl

import org.jetbrains.kotlin.cli.common.ExitCode
import org.jetbrains.kotlin.cli.common.arguments.K2JVMCompilerArguments
import org.jetbrains.kotlin.cli.common.messages.CompilerMessageSeverity
import org.jetbrains.kotlin.cli.common.messages.CompilerMessageSourceLocation
import org.jetbrains.kotlin.cli.common.messages.MessageCollector
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler
import org.jetbrains.kotlin.config.Services
import java.nio.file.Path
import kotlin.io.path.createDirectories
import kotlin.io.path.nameWithoutExtension
import kotlin.io.path.writeText

/**
 * Compiles pieces of users' code with the compiler that this module is built with, each a file of its own.
 *
 * @property errors by the piece's name; the compiler's message with the name of its diagnostic
 */
class Snippets private constructor(val errors: Map<String, List<String>>) {
    companion object {
        private const val HEADER =
            """
            import dev.perdure.core.definition.*
            import dev.perdure.dsl.*
            import dev.perdure.dsl.All
            import dev.perdure.dsl.Any
            import kotlin.time.Duration.Companion.seconds

            """

        /** Compiles the statements of each of [pieces] as the body of a workflow's definition. */
        fun compile(
            directory: Path,
            pieces: Map<String, String>,
        ): Snippets {
            val sources = directory.resolve("src").createDirectories()
            pieces.entries.forEachIndexed { index, (_, code) ->
                val content = "${HEADER}fun piece$index() = workflow<String, Int>(\"w\") {\n$code\n}\n"
                sources.resolve("piece$index.kt").writeText(content)
            }
            val found = Collector()
            val arguments =
                K2JVMCompilerArguments().apply {
                    freeArgs = listOf(sources.toString())
                    destination = directory.resolve("out").toString()
                    classpath = System.getProperty("java.class.path")
                    noStdlib = true
                    noReflect = true
                    jvmTarget = "17"
                    renderInternalDiagnosticNames = true
                }
            val exit = K2JVMCompiler().exec(found, Services.EMPTY, arguments)
            check(
                exit == ExitCode.OK || exit == ExitCode.COMPILATION_ERROR,
            ) { "the compiler ended with $exit: ${found.errors}" }
            val names = pieces.keys.toList()
            return Snippets(found.errors.mapKeys { names[it.key.removePrefix("piece").toInt()] })
        }
    }

    private class Collector : MessageCollector {
        val errors = mutableMapOf<String, MutableList<String>>()

        override fun clear() = errors.clear()

        override fun hasErrors(): Boolean = errors.isNotEmpty()

        override fun report(
            severity: CompilerMessageSeverity,
            message: String,
            location: CompilerMessageSourceLocation?,
        ) {
            if (severity.isError) {
                val file =
                    location?.let { Path.of(it.path).nameWithoutExtension } ?: error("the compiler failed: $message")
                errors.getOrPut(file) { mutableListOf() } += message
            }
        }
    }
}
