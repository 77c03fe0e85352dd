package dev.perdure.samples.benchmarks

import java.nio.file.Path

/** A command line that cannot be meant; the message says why and what is expected. */
internal class UsageException(message: String) : Exception(message)

/** What the command line asks for. */
internal sealed interface Command {
    data object Help : Command

    data object ListWorkloads : Command

    /**
     * @property ids the workloads to measure, in the order of the catalogue; never empty
     * @property plots the directory for drawings; null for none
     */
    data class Measure(
        val ids: List<String>,
        val isQuick: Boolean,
        val isJson: Boolean,
        val plots: Path? = null,
    ) : Command

    companion object {
        val USAGE: String =
            """
            usage: java -jar benchmarks.jar [--quick] [--json] [--plots=directory] [names…]

            Measures Perdure and plain JDBC that does the same commits, in turns, and prints the medians and the ratio.
            Without names, all workloads are measured.

              --quick   fewer rounds and smaller workloads
              --json    one JSON object a line
              --plots=directory   also draws how things grow (B4, B5, B8), as SVG files there
              --list    the workloads, and those that cannot be measured yet
              --help    this text

            Databases are made in java.io.tmpdir: it should be on the disk that is to be measured.
            """.trimIndent()

        /**
         * Takes [args] apart. Names are those of [known], in any case.
         *
         * @throws UsageException for an unknown option or name
         */
        fun parse(
            args: List<String>,
            known: List<String>,
        ): Command {
            val (options, names) = args.partition { it.startsWith("-") }
            options.firstOrNull { it !in OPTIONS && !it.startsWith(PLOTS) }?.let {
                throw UsageException("unknown option $it; known are ${OPTIONS.joinToString()}, ${PLOTS}directory")
            }
            val plots = options.lastOrNull { it.startsWith(PLOTS) }?.removePrefix(PLOTS)
            if (plots != null && plots.isBlank()) {
                throw UsageException("$PLOTS needs a directory behind it, as in ${PLOTS}drawings")
            }
            val asked = names.map { it.uppercase() }.toSet()
            (asked - known.toSet()).firstOrNull()?.let {
                throw UsageException(
                    "unknown workload $it; known are ${known.joinToString()} (--list says what they are)",
                )
            }
            return when {
                "--help" in options -> {
                    Help
                }

                "--list" in options -> {
                    ListWorkloads
                }

                else -> {
                    Measure(
                        known.filter { asked.isEmpty() || it in asked },
                        "--quick" in options,
                        "--json" in options,
                        plots?.let(Path::of),
                    )
                }
            }
        }

        private const val PLOTS = "--plots="
        private val OPTIONS = listOf("--quick", "--json", "--list", "--help")
    }
}
