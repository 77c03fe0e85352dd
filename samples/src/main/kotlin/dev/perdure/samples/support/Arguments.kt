package dev.perdure.samples.support

/** A command line that cannot be meant; the message says why and what is expected. */
class UsageException(message: String) : Exception(message)

/** A command line of words and `--name value` options. */
class Arguments private constructor(val words: List<String>, private val options: Map<String, String>) {
    fun text(name: String): String? = options[name]

    fun int(
        name: String,
        range: IntRange,
    ): Int? =
        options[name]?.let { text ->
            text.toIntOrNull()?.takeIf { it in range }
                ?: throw UsageException("--$name $text: expected a whole number from ${range.first} to ${range.last}")
        }

    fun factor(name: String): Double? =
        options[name]?.let { text ->
            text.toDoubleOrNull()?.takeIf { it > 0 && it.isFinite() }
                ?: throw UsageException("--$name $text: expected a number above 0")
        }

    companion object {
        /**
         * Takes [args] apart.
         *
         * @throws UsageException for an option that is not among [known], is there twice or has no value
         */
        fun parse(
            args: List<String>,
            known: Set<String>,
        ): Arguments {
            val words = mutableListOf<String>()
            val options = mutableMapOf<String, String>()
            val rest = args.iterator()
            while (rest.hasNext()) {
                val arg = rest.next()
                if (!arg.startsWith("--")) {
                    words += arg
                    continue
                }
                val name = arg.removePrefix("--")
                if (name !in known) {
                    throw UsageException("unknown option $arg; known are ${known.joinToString { "--$it" }}")
                }
                if (!rest.hasNext()) {
                    throw UsageException("$arg needs a value")
                }
                if (options.put(name, rest.next()) != null) {
                    throw UsageException("$arg is there twice")
                }
            }
            return Arguments(words, options)
        }
    }
}
