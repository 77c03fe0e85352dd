package dev.perdure.samples.onboarding

import dev.perdure.core.StepStatus

/** What happened to the steps around a crash, in numbers and examples, for those who read the demo's output. */
class Account(private val evidence: Evidence) {
    private val recordedAtCrash = evidence.atCrash.completed.mapTo(hashSetOf()) { it.key }
    private val recordedBy = evidence.atEnd.completed.associate { it.key to it.attempt }
    private val failedBefore = attempts(EffectKind.FAILED) { it == 1 }
    private val endedBefore = attempts(EffectKind.END) { it == 1 }
    private val startedAfter = attempts(EffectKind.START) { it > 1 }
    private val cutOffAttempts =
        (attempts(EffectKind.START) { it == 1 } - failedBefore).filter { (key, _) -> key !in recordedAtCrash }

    /** Steps whose body was under way in the first JVM, and not recorded when it halted. */
    val cutOff: Set<StepKey> = cutOffAttempts.mapTo(linkedSetOf()) { (key, _) -> key }

    /** How many of those bodies had even ended: done, but not recorded. The reason for idempotency keys. */
    val doneUnrecorded: Int = cutOffAttempts.count { it in endedBefore }

    val recordedBefore: Int = recordedAtCrash.size
    val recordedAfter: Int = recordedBy.size - recordedAtCrash.size
    val bodiesAfter: Int = startedAfter.size
    val repeatedAfter: Int = startedAfter.count { (key, _) -> key in recordedAtCrash }
    val failedAttempts: Int = evidence.atEnd.count(StepStatus.FAILED)
    val interruptions: Int = evidence.atEnd.count(StepStatus.INTERRUPTED)

    private fun attempts(
        kind: EffectKind,
        isWanted: (Int) -> Boolean,
    ): Set<Pair<StepKey, Int>> =
        evidence.effects
            .filter { it.kind == kind && isWanted(it.life) }
            .mapTo(linkedSetOf()) { it.key to it.attempt }

    /** A run that the crash caught with some of its steps recorded and others under way. */
    fun exampleRun(): String? {
        val recorded = recordedAtCrash.groupingBy { it.runId }.eachCount()
        return cutOff.map { it.runId }.filter { it in recorded }.maxByOrNull { recorded.getValue(it) }
    }

    /** The story of one run, a line for each step. */
    fun story(runId: String): List<String> =
        evidence.stepPaths.map { path -> "${path.padEnd(22)}${fate(StepKey(runId, path))}" }

    private fun fate(key: StepKey): String {
        val attempt = recordedBy[key]
        return when {
            key in recordedAtCrash -> "recorded before the crash (attempt $attempt), not run again"
            key in cutOff -> "was running at the crash, ran again after it (attempt $attempt)"
            failedBefore.any { it.first == key } -> "had failed before the crash, retried after it (attempt $attempt)"
            else -> "had not started, ran after the crash (attempt $attempt)"
        }
    }
}
