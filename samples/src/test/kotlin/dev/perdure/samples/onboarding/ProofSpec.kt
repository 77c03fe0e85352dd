package dev.perdure.samples.onboarding

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith

/** One run `r` of steps `a` and `b`: `a` was recorded before the crash, `b` was cut off by it and ran again. */
private val a = RecordedStep(StepKey("r", "a"), seq = 1, attempt = 1, StepStatus.COMPLETED, output = "1")
private val cut = RecordedStep(StepKey("r", "b"), seq = 2, attempt = 1, StepStatus.INTERRUPTED)
private val b = RecordedStep(StepKey("r", "b"), seq = 3, attempt = 2, StepStatus.COMPLETED, output = "2")
private val bodies = effect(1, "a", 1) + start(1, "b", 1) + effect(2, "b", 2)

private fun start(
    life: Int,
    path: String,
    attempt: Int,
) = listOf(Effect(EffectKind.START, life, StepKey("r", path), attempt))

private fun effect(
    life: Int,
    path: String,
    attempt: Int,
) = start(life, path, attempt) + Effect(EffectKind.END, life, StepKey("r", path), attempt)

private fun evidence(
    rows: List<RecordedStep> = listOf(a, cut, b),
    effects: List<Effect> = bodies,
    status: RunStatus? = RunStatus.COMPLETED,
): Evidence {
    val runs = if (status == null) emptyMap() else mapOf("r" to status)
    val atCrash = JournalSnapshot(mapOf("r" to RunStatus.RUNNING), listOf(a))
    return Evidence(setOf("r"), setOf("a", "b"), atCrash, JournalSnapshot(runs, rows), effects)
}

private fun findings(evidence: Evidence): List<String> = Proof(evidence).also { it.isOk.shouldBeFalse() }.findings

class ProofSpec :
    FunSpec({
        test("a run that went on from what was recorded passes") {
            val proof = Proof(evidence())
            proof.findings.shouldBeEmpty()
            proof.summary() shouldBe "PROOF OK: 1 runs, 2 steps, 0 ran twice after being recorded, 0 missing"
        }
        test("a missing row is found") {
            findings(evidence(rows = listOf(a, cut))) shouldContainExactly listOf("r b: there is no COMPLETED row")
        }
        test("a second row for a step is found") {
            findings(evidence(rows = listOf(a, cut, b, b.copy(seq = 4)))) shouldContainExactly
                listOf("r b: 2 COMPLETED rows")
        }
        test("a body that ran again after its record is found, in the second JVM and in the first") {
            val again = listOf("r a: attempt 2 started after the step was recorded")
            findings(evidence(effects = bodies + effect(2, "a", 2))) shouldContainExactly again
            findings(evidence(effects = bodies + effect(1, "a", 2))) shouldContainExactly again
            Proof(evidence(effects = bodies + effect(2, "a", 2))).summary() shouldStartWith
                "PROOF FAILED: 1 runs, 2 steps, 1 ran twice"
        }
        test("an attempt that started twice is found") {
            findings(evidence(effects = bodies + start(2, "b", 2))) shouldContainExactly
                listOf("r b: attempt 2 started 2 times")
        }
        test("a record that the crash took away, or that changed afterwards, is found") {
            val changed = a.copy(output = "other")
            findings(evidence(rows = listOf(changed, cut, b))) shouldContainExactly
                listOf("r a: was recorded before the crash and is lost or changed")
        }
        test("a record without a body is found") {
            findings(evidence(effects = effect(1, "a", 1) + start(1, "b", 1) + start(2, "b", 2))) shouldContainExactly
                listOf("r b: recorded as COMPLETED by attempt 2, whose body never ended")
        }
        test("a step or a run that nobody asked for is found") {
            val stranger = a.copy(key = StepKey("other", "a"))
            findings(evidence(rows = listOf(a, cut, b, stranger), effects = bodies)) shouldContainExactly
                listOf(
                    "other a: no such step was asked for",
                    "other a: recorded as COMPLETED by attempt 1, whose body never ended",
                )
        }
        test("a run that did not complete, or is gone, is found") {
            findings(evidence(status = RunStatus.FAILED)) shouldContainExactly
                listOf("r: the run is FAILED, not COMPLETED")
            findings(evidence(status = null)) shouldContainExactly
                listOf("r: the run is not in the store, not COMPLETED")
        }
        test("the account tells the story of a run") {
            val account = Account(evidence())
            account.exampleRun() shouldBe "r"
            account.story("r") shouldContainExactly
                listOf(
                    "a                     recorded before the crash (attempt 1), not run again",
                    "b                     was running at the crash, ran again after it (attempt 2)",
                )
            account.repeatedAfter shouldBe 0
            account.bodiesAfter shouldBe 1
        }
    })
