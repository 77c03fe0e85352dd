package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Row
import java.time.Duration
import java.time.Instant
import kotlin.random.Random

/**
 * Steps that fail as often as they were made up to, with retries hours apart and some of them `atMostOnce`, side by side and
 * resumed from states that crashes leave. A crash refills no budget and loses no attempt, nothing is tried before it is due, and
 * what must not be repeated is not.
 */
class RetryHarness(
    private val seed: Long,
) {
    private data class Plan(
        val name: String,
        val failures: Int,
        val retry: Retry,
        val isAtMostOnce: Boolean,
    ) {
        val isDoomed get() = failures >= retry.maxAttempts()
    }

    private val random = Random(seed)
    private val plans = List(random.nextInt(2, 5)) { plan("step-$it") }.associateBy { "block/${it.name}" }

    /** How often the body that is about to run has failed so far, by what is recorded. */
    private val failed = HashMap<String, Int>()
    private val workflow: Workflow<*, *> =
        flow("retries") {
            together {
                onError(OnError.COMPLETE_ALL)
                plans.values.forEach { plan -> does(plan.name, optionsOf(plan)) { perform("${it.path()}") } }
            }
            does("end")
        }

    private fun plan(name: String): Plan {
        val most = random.nextInt(1, 5)
        val first = Duration.ofMinutes(random.nextLong(0, 90))
        val retry =
            when (random.nextInt(3)) {
                0 -> Retry.fixed(most, first)
                1 -> Retry.linear(most, first).cap(Duration.ofHours(2))
                else -> Retry.exponential(most, first).jitter(0.2)
            }
        return Plan(name, random.nextInt(0, 6), retry, random.nextInt(4) == 0)
    }

    private fun optionsOf(plan: Plan): StepOptions {
        val options = StepOptions.DEFAULT.retry(plan.retry)
        return if (plan.isAtMostOnce) options.atMostOnce() else options
    }

    private fun perform(path: String) =
        check(failed.getValue(path) >= plans.getValue(path).failures) { "fails as it was made up to" }

    /** Returns how many runs were resumed, [most] of them at most. */
    fun check(most: Int): Int {
        try {
            val images = drive(start(), emptySet()).shuffled(random).take(most)
            images.forEach { image ->
                val again = drive(resume(image), interrupted(image))
                if (random.nextInt(4) == 0) {
                    val second = again.random(random)
                    drive(resume(second), interrupted(image) + interrupted(second))
                }
            }
            return images.size
        } catch (broken: RuntimeException) {
            val seeds = "-Dperdure.retries.first=$seed -Dperdure.retries.seeds=1"
            throw IllegalStateException(
                "seed $seed: ${broken.message}\n  repeat it: mvn -q -Dquick test -pl core -Dtest=RetriesSpec $seeds\n" +
                    "  ${plans.values}",
                broken,
            )
        }
    }

    private fun start() =
        SimulatedRun.begin(workflow, "null", scopes) { path, image, now -> started(path, image, now, setOf()) }

    private fun resume(image: Image): SimulatedRun {
        val before = image.rows.map { it.seq() }.toSet()
        return SimulatedRun.resume(workflow, image, scopes) { path, now, at -> started(path, now, at, before) }
    }

    /** Steps `atMostOnce` of which an attempt had begun when a crash came. */
    private fun interrupted(image: Image): Set<String> =
        image.rows
            .filter { it.status() == StepStatus.RUNNING && plans[it.path()]?.isAtMostOnce == true }
            .map { it.path() }
            .toSet()

    private fun started(
        path: Path,
        image: Image,
        now: Instant,
        before: Set<Long>,
    ) {
        val plan = plans["$path"] ?: return
        val rows = image.rows.filter { it.path() == "$path" }
        failed["$path"] = rows.count { it.status() == StepStatus.FAILED }
        val due = rows.lastOrNull { it.status() == StepStatus.FAILED }?.retryAt()
        check(due == null || now.toEpochMilli() >= due) { "$path is tried at $now, and due at $due" }
        check(failed.getValue("$path") < plan.retry.maxAttempts()) { "$path is tried again, and has no attempts left" }
        if (plan.isAtMostOnce) {
            val begun = rows.last()
            check(begun.status() == StepStatus.RUNNING) { "$path starts, and that is not recorded: $begun" }
            check(begun.seq() !in before) { "$path is started again, and must not be" }
        }
    }

    private fun drive(
        run: SimulatedRun,
        cutOff: Set<String>,
    ): List<Image> {
        while (!run.isOver) {
            check(run.pending.isNotEmpty()) { "the run waits for nothing, with ${run.image.rows}" }
            run.deliver(run.pending.random(random))
        }
        check(run.image.record.status() == RunStatus.COMPLETED) { "the run is ${run.image.record.status()}" }
        plans.forEach { (path, plan) ->
            requireAttempts(plan, run.image.rows.filter { it.path() == path }, path in cutOff)
        }
        ReplayCheck.requireSame(workflow, run.image)
        return run.images
    }

    private fun requireAttempts(
        plan: Plan,
        rows: List<Row>,
        isCutOff: Boolean,
    ) {
        val last = rows.last()
        check(rows.map { it.attempt() } == (1..rows.size).toList()) { "attempts of ${plan.name} are missing: $rows" }
        if (isCutOff) {
            check(INTERRUPTED in last.error().orEmpty()) { "${plan.name} was cut off, and ends $last" }
            return
        }
        val expected = if (plan.isDoomed) plan.retry.maxAttempts() else plan.failures
        val failures = rows.count { it.status() == StepStatus.FAILED }
        check(failures == expected) { "${plan.name} failed $failures times, expected $expected: $rows" }
        check((last.status() == StepStatus.COMPLETED) != plan.isDoomed) { "${plan.name} ends $last" }
    }

    private companion object {
        val INTERRUPTED = ErrorCode.STEP_INTERRUPTED.name
        val scopes = RandomFlows.noScopes
    }
}
