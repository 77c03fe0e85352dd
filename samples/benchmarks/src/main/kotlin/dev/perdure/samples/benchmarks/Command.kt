package dev.perdure.samples.benchmarks

/** A command line that cannot be meant; the message says why and what is expected. */
internal class UsageException(message: String) : Exception(message)

/** What the command line asks for. */
internal sealed interface Command {
    data object Help : Command

    data object ListWorkloads : Command

    /** @property ids the workloads to measure, in the order of the catalogue; never empty */
    data class Measure(val ids: List<String>, val isQuick: Boolean, val isJson: Boolean) : Command

    companion object {
        val USAGE: String =
            """
            usage: java -jar benchmarks.jar [--quick] [--json] [names…]

            Measures Perdure and plain JDBC that does the same commits, in turns, and prints the medians and the ratio.
            Without names, all workloads are measured.

              --quick   fewer rounds and smaller workloads
              --json    one JSON object a line
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
            options.firstOrNull { it !in OPTIONS }?.let {
                throw UsageException("unknown option $it; known are ${OPTIONS.joinToString()}")
            }
            val asked = names.map { it.uppercase() }.toSet()
            (asked - known.toSet()).firstOrNull()?.let {
                throw UsageException(
                    "unknown workload $it; known are ${known.joinToString()} (--list says what they are)",
                )
            }
            return when {
                "--help" in options -> Help
                "--list" in options -> ListWorkloads
                asked.isEmpty() -> Measure(known, "--quick" in options, "--json" in options)
                else -> Measure(known.filter { it in asked }, "--quick" in options, "--json" in options)
            }
        }

        private val OPTIONS = listOf("--quick", "--json", "--list", "--help")
    }
}
