package dev.perdure.dsl.testing

import dev.perdure.core.definition.Workflow
import dev.perdure.core.testing.CrashReport
import dev.perdure.core.testing.CrashTest
import dev.perdure.core.testing.Script
import dev.perdure.core.testing.TestEngine
import dev.perdure.core.testing.TestRun

/**
 * Runs the workflow in memory, and then once from each state that a crash can leave it in, and in each order in which what runs
 * side by side can end; see [CrashTest]. Everything runs on the calling thread but the bodies' coroutines.
 *
 * ```
 * onboarding.crashEverywhere(NewUser("Ada")) {
 *     script { it.signal("approval", Approval(true)) }
 *     checking { it.assertCompleted("welcome_email") }
 * }
 * ```
 *
 * @param describe says more about the test
 * @return what was tried
 * @throws AssertionError with the first place at which the workflow does not survive a crash, and how it came there
 */
public fun <I> Workflow<I, *>.crashEverywhere(
    input: I,
    describe: CrashTest<I>.() -> Unit = {},
): CrashReport = CrashTest.of(this, input).apply(describe).run()

/**
 * As [crashEverywhere], with a workflow and the world that its bodies change made anew for each run, which only crashes
 * leave as it is.
 */
public fun <I> crashEverywhereInNewWorlds(
    input: I,
    workflow: () -> Workflow<I, *>,
    describe: CrashTest<I>.() -> Unit = {},
): CrashReport = CrashTest.inNewWorlds(workflow, input).apply(describe).run()

/**
 * Runs the workflow on an engine for tests, as far as it goes, and shows the run to [check]; see [TestEngine].
 *
 * @param script what is in the place of the world around it
 */
public fun <I> Workflow<I, *>.test(
    input: I,
    script: Script.() -> Unit = {},
    check: TestEngine.(TestRun) -> Unit,
) {
    TestEngine.of(this).use { engine ->
        engine.script().script()
        engine.check(engine.run(this, input))
    }
}
