package dev.perdure.core.fuzz

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeGreaterThanOrEqual
import java.util.Base64

/**
 * A test for each target: whatever input [Jazzer](https://github.com/CodeIntelligenceTesting/jazzer) makes up, nothing escapes.
 * For longer with `-Dperdure.fuzz.seconds=1200`; one input of one target with `-Dperdure.fuzz.input=path:YQ==`.
 *
 * @param main Jazzer's main class
 * @param module whose tests these are
 */
fun fuzzSuite(
    main: Class<*>,
    module: String,
    targets: List<FuzzTarget>,
) = funSpec {
    val seconds: Long? = java.lang.Long.getLong("perdure.fuzz.seconds")
    val chosen = System.getProperty("perdure.fuzz.input")?.split(':')
    for (target in targets.filter { chosen == null || it.name == chosen.first() }) {
        test("whatever input is made up, nothing escapes: ${target.name}") {
            val fuzzer = Fuzzer(main, target, tempdir().toPath())
            val report = if (chosen == null) fuzzer.run(seconds) else fuzzer.repeat(decoded(chosen.last()))
            if (report.exit != 0) throw AssertionError(failure(report, target, module))
            if (chosen == null) requireTried(report, target, seconds)
        }
    }
}

/** So many inputs in each second are tried wherever this runs. */
private const val SLOWEST = 10

private fun requireTried(
    report: FuzzReport,
    target: FuzzTarget,
    seconds: Long?,
) {
    println("fuzzed ${target.name}: ${report.inputs} inputs, ${report.coverage} places reached")
    withClue(report.lines.joinToString("\n")) {
        report.inputs shouldBeGreaterThanOrEqual (if (seconds == null) target.runs.toLong() else seconds * SLOWEST)
        report.coverage shouldBeGreaterThan target.coverage.toLong()
    }
}

private fun decoded(input: String): ByteArray = Base64.getDecoder().decode(input)

private fun failure(
    report: FuzzReport,
    target: FuzzTarget,
    module: String,
): String {
    val input =
        report.crash?.let { Base64.getEncoder().encodeToString(it) } ?: return "Jazzer failed\n${report.story()}"
    val command =
        "mvn -q -Dquick -Dsurefire.failIfNoSpecifiedTests=false test -pl $module -Dtest=FuzzSpec " +
            "-Dperdure.fuzz.input=${target.name}:$input"
    return "${report.story()}\n  repeat it: $command\n" +
        "  keep it: write these bytes (base64) to a file in src/test/corpus/${target.name} of its module: $input"
}
