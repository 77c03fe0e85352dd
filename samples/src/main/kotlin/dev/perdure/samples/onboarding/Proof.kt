package dev.perdure.samples.onboarding

import dev.perdure.core.RunStatus

/**
 * What a proof is made of.
 *
 * @property runIds the runs that were to be
 * @property stepPaths the steps that each of them has
 * @property atCrash the store after the crash, before anyone opened it again
 * @property atEnd the store when all was done
 * @property effects what the bodies did, from the ledger
 */
class Evidence(
    val runIds: Set<String>,
    val stepPaths: Set<String>,
    val atCrash: JournalSnapshot,
    val atEnd: JournalSnapshot,
    val effects: List<Effect>,
) {
    val expected: Set<StepKey> = runIds.flatMapTo(linkedSetOf()) { run -> stepPaths.map { StepKey(run, it) } }
}

/** Whether no recorded step ran twice and none is missing. Each list names what contradicts it; all have to be empty. */
class Proof(private val evidence: Evidence) {
    private val recorded = evidence.atEnd.completed.groupBy { it.key }
    private val starts = evidence.effects.filter { it.kind == EffectKind.START }
    private val recordedAtCrash = evidence.atCrash.completed.associateBy { it.key }

    /** Steps whose body was started again although their success was in the store. */
    val ranTwice: List<String> =
        starts
            .filter { (it.life > 1 && it.key in recordedAtCrash) || it.attempt > lastAttempt(it.key) }
            .map { "${it.key}: attempt ${it.attempt} started after the step was recorded" }
            .distinct()

    /** Steps that should be recorded and are not. */
    val missing: List<String> =
        evidence.expected.filter { it !in recorded }.map { "$it: there is no COMPLETED row" }

    private val otherFindings: List<String> =
        duplicates() + strangers() + lostOrChanged() + repeatedAttempts() + neverRan() + unfinished()

    /** All that speaks against the promise. */
    val findings: List<String> = ranTwice + missing + otherFindings
    val isOk: Boolean get() = findings.isEmpty()

    fun summary(): String {
        val counts =
            "${evidence.atEnd.runs.size} runs, ${recorded.size} steps, " +
                "${ranTwice.size} ran twice after being recorded, ${missing.size} missing"
        return if (isOk) "PROOF OK: $counts" else "PROOF FAILED: $counts, ${findings.size} findings in all"
    }

    private fun lastAttempt(key: StepKey): Int = recorded[key]?.maxOf { it.attempt } ?: Int.MAX_VALUE

    private fun duplicates() =
        recorded.filterValues { it.size > 1 }.map { (key, rows) -> "$key: ${rows.size} COMPLETED rows" }

    private fun strangers() =
        (evidence.atEnd.rows.map { it.key } + starts.map { it.key })
            .distinct()
            .filter { it !in evidence.expected }
            .map { "$it: no such step was asked for" }

    private fun lostOrChanged() =
        recordedAtCrash
            .filter { (key, row) -> row !in recorded[key].orEmpty() }
            .map { (key, _) -> "$key: was recorded before the crash and is lost or changed" }

    private fun repeatedAttempts() =
        starts
            .groupBy { it.key to it.attempt }
            .filterValues { it.size > 1 }
            .map { (at, twice) -> "${at.first}: attempt ${at.second} started ${twice.size} times" }

    private fun neverRan(): List<String> {
        val ended = evidence.effects.filter { it.kind == EffectKind.END }.mapTo(hashSetOf()) { it.key to it.attempt }
        return evidence.atEnd.completed
            .filter { (it.key to it.attempt) !in ended }
            .map { "${it.key}: recorded as COMPLETED by attempt ${it.attempt}, whose body never ended" }
    }

    private fun unfinished() =
        evidence.runIds
            .filter { evidence.atEnd.runs[it] != RunStatus.COMPLETED }
            .map { "$it: the run is ${evidence.atEnd.runs[it] ?: "not in the store"}, not COMPLETED" }
}
