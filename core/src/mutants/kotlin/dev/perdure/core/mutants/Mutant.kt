package dev.perdure.core.mutants

import java.time.Duration
import java.util.function.LongConsumer

/**
 * A library with one defect, of a kind that really happens, and what has to report it.
 *
 * @param checks what a report says that is about the defect itself. With threads it depends on who is first what comes of a defect, so
 * other reports are let pass until there is such a one
 * @param sound tries a seed on the library as it is; throws an IllegalStateException where something is wrong
 * @param broken tries a seed on the library with the defect
 */
class Mutant(
    private val name: String,
    private val checks: Regex,
    private val sound: LongConsumer,
    private val broken: LongConsumer,
) {
    /** The library with [edits], and nothing else changed. */
    constructor(name: String, checks: Regex, trial: String, edits: List<Edit>) : this(
        name,
        checks,
        MutantLoader(emptyList()).trial(trial),
        MutantLoader(edits).trial(trial),
    )

    private val others = mutableListOf<String>()

    /**
     * Tries seeds from 0 until one reports the defect, and says which; then all of them on the library without it.
     *
     * @throws IllegalStateException when none of 200 seeds did, or not within 50 seconds, with the last of what they reported instead;
     * or when the library fails without it
     */
    fun requireKilled() {
        val began = System.nanoTime()
        for (seed in 0L until SEEDS) {
            val report = report(seed)
            val took = Duration.ofNanos(System.nanoTime() - began)
            if (report != null) {
                val seconds = "%.1f".format(took.toMillis() / 1e3)
                println("mutant $name: killed by \"$report\" at seed $seed in $seconds s")
                (0..seed).forEach(sound::accept)
                return
            }
            check(took < LONGEST) { "mutant $name is alive after $took, at seed $seed${said()}" }
        }
        error("mutant $name is alive after $SEEDS seeds${said()}")
    }

    private fun said() =
        others.lastOrNull()?.let { "; ${others.size} report something else than $checks, the last: $it" } ?: ""

    private fun report(seed: Long): String? {
        try {
            broken.accept(seed)
        } catch (report: IllegalStateException) {
            val text = report.message!!
            return checks.find(text)?.value.also { if (it == null) others += text }
        }
        return null
    }

    private companion object {
        const val SEEDS = 200
        val LONGEST: Duration = Duration.ofSeconds(50)
    }
}
