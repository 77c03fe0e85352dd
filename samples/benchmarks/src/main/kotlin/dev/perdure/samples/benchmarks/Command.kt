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
     * @property store what is measured
     */
    data class Measure(
        val ids: List<String>,
        val isQuick: Boolean,
        val isJson: Boolean,
        val plots: Path? = null,
        val store: StoreKind = StoreKind.SQLITE,
    ) : Command

    companion object {
        val USAGE: String =
            """
            usage: java -jar benchmarks.jar [--quick] [--json] [--store=postgres] [--plots=directory] [names…]

            Measures Perdure and plain JDBC that does the same commits, in turns, and prints the medians and the ratio.
            Without names, all workloads are measured.

              --quick   fewer rounds and smaller workloads
              --json    one JSON object a line
              --store=postgres    on a PostgreSQL server that is started for it, instead of SQLite; those of SQLite alone are left out
              --plots=directory   also draws how things grow (B4, B5, B8), as SVG files there
              --list    the workloads, and those that cannot be measured yet
              --help    this text

            Databases are made in java.io.tmpdir: it should be on the disk that is to be measured.
            """.trimIndent()

        /**
         * Takes [args] apart. Names are those of [known], in any case.
         *
         * @throws UsageException for an unknown option, store or name, and for a workload that the store has not
         */
        fun parse(
            args: List<String>,
            known: List<Workload>,
        ): Command {
            val (options, names) = joined(args).partition { it.startsWith("-") }
            options.firstOrNull { it !in OPTIONS && !it.startsWith(PLOTS) && !it.startsWith(STORE) }?.let {
                throw UsageException(
                    "unknown option $it; known are ${OPTIONS.joinToString()}, ${STORE}postgres, ${PLOTS}directory",
                )
            }
            return when {
                "--help" in options -> Help
                "--list" in options -> ListWorkloads
                else -> measure(options, names.map { it.uppercase() }.toSet(), known)
            }
        }

        /** With "--store postgres" as one argument. */
        private fun joined(args: List<String>): List<String> {
            val at = args.indexOf(STORE.dropLast(1))
            return if (at < 0) args else args.take(at) + (STORE + args.getOrElse(at + 1) { "" }) + args.drop(at + 2)
        }

        private fun measure(
            options: List<String>,
            asked: Set<String>,
            known: List<Workload>,
        ): Measure {
            val plots = options.lastOrNull { it.startsWith(PLOTS) }?.removePrefix(PLOTS)
            if (plots != null && plots.isBlank()) {
                throw UsageException("$PLOTS needs a directory behind it, as in ${PLOTS}drawings")
            }
            val store = store(options)
            (asked - known.map { it.id }.toSet()).firstOrNull()?.let { name ->
                val all = known.joinToString { it.id }
                throw UsageException("unknown workload $name; known are $all (--list says what they are)")
            }
            known.firstOrNull { it.id in asked && store !in it.stores }?.let { workload ->
                val stores = workload.stores.joinToString { STORE + it.word }
                throw UsageException("${workload.id} is not measured with $STORE${store.word}; use $stores")
            }
            return Measure(
                known.filter { store in it.stores && (asked.isEmpty() || it.id in asked) }.map { it.id },
                "--quick" in options,
                "--json" in options,
                plots?.let(Path::of),
                store,
            )
        }

        private fun store(options: List<String>): StoreKind {
            val word = options.lastOrNull { it.startsWith(STORE) }?.removePrefix(STORE) ?: return StoreKind.SQLITE
            return StoreKind.entries.firstOrNull { it.word == word }
                ?: throw UsageException(
                    "unknown store \"$word\"; known are ${StoreKind.entries.joinToString { it.word }}",
                )
        }

        private const val PLOTS = "--plots="
        private const val STORE = "--store="
        private val OPTIONS = listOf("--quick", "--json", "--list", "--help")
    }
}
