package dev.perdure.samples.cli

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import java.io.ByteArrayInputStream
import java.io.OutputStream
import java.io.PrintStream
import java.lang.reflect.Modifier
import java.nio.file.Path
import kotlin.io.path.exists
import kotlin.io.path.readText

/** What the READMEs say of the command is so. */
class CliReadmeSpec :
    FunSpec({
        val readme = Path.of("README.md").readText()
        val root = Path.of("../..").toAbsolutePath().normalize()
        val nowhere = PrintStream(OutputStream.nullOutputStream())
        val line = { commandLine(Terminal(nowhere, nowhere, ByteArrayInputStream(ByteArray(0)), false)) }

        fun table(heading: String): List<List<String>> =
            readme
                .substringAfter("\n## $heading\n")
                .substringBefore("\n## ")
                .lines()
                .filter { it.startsWith("| ") }
                .drop(1)
                .map { row -> row.split(Regex("(?<!\\\\)\\|")).map { it.trim() }.filter { it.isNotEmpty() } }

        test("each command is in the table, with options that it has") {
            val rows = table("Commands")
            val commands = rows.map { it[0].removePrefix("`").substringBefore(' ').removeSuffix("`") }
            commands shouldContainExactly line().subcommands.keys.toList()
            rows.zip(commands).forEach { (row, command) ->
                val options =
                    line()
                        .subcommands
                        .getValue(command)
                        .commandSpec
                        .optionsMap()
                        .keys
                Regex("--[a-z-]+")
                    .findAll(row[1])
                    .map { it.value }
                    .filterNot { it in options }
                    .toList()
                    .shouldBeEmpty()
            }
        }

        test("the exit codes are those of the program") {
            val codes =
                ExitCode::class.java.fields
                    .filter { Modifier.isStatic(it.modifiers) && it.type == Int::class.java }
                    .map { it.getInt(null) }
            table("Exit codes").map { it[0].toInt() } shouldContainExactly codes.sorted()
        }

        test("each command line of the READMEs can be parsed, and the files that it reads are there") {
            val lines =
                listOf(readme, root.resolve("README.md").readText()).flatMap { page ->
                    page
                        .lines()
                        .map { it.trim() }
                        .filter { it.startsWith(COMMAND) }
                        .map { it.removePrefix(COMMAND) }
                }
            lines.shouldNotBeEmpty()
            lines.filterNot { "--help" in it }.forEach { text ->
                val words =
                    text
                        .substringBefore(" #")
                        .trim()
                        .split(' ')
                        .filter { it.isNotEmpty() }
                line().parseArgs(*words.toTypedArray())
                words.filter { it.startsWith("samples/") }.forEach { root.resolve(it).exists() shouldBe true }
            }
        }

        test("each link leads to a file") {
            val links = Regex("]\\(([^)#:]+)[^)]*\\)").findAll(readme).map { it.groupValues[1] }.toList()
            links.shouldNotBeEmpty()
            links.filterNot { Path.of(it).exists() }.shouldBeEmpty()
        }
    })

private const val COMMAND = "java -jar samples/cli/target/perdure.jar"
