package dev.perdure.core.engine

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe

/**
 * What several threads share is linearizable: Lincheck makes scenarios up, has threads carry them out, and schedules of its own.
 * More of both with `-Dperdure.lincheck.threads=100x10000 -Dperdure.lincheck.schedules=50x2000`.
 */
class LincheckSpec :
    FunSpec({
        test("what several threads do to what they share could have been done by one at a time") {
            val threads = System.getProperty("perdure.lincheck.threads", "10x300")
            val schedules = System.getProperty("perdure.lincheck.schedules", "0x0")
            val jvm = ChildJvm.plain(*LincheckJvm.options)
            val child = ChildProcess.start(jvm, tempdir().toPath(), LincheckJvm::class.java, threads, schedules)
            val lines = generateSequence { child.awaitLine(HOURS) }.onEach(::println).toList()
            withClue(lines.joinToString("\n")) { child.awaitExit() shouldBe 0 }
            lines.map { it.substringBefore(' ') }.distinct() shouldContainExactly
                LincheckJvm.names
        }
    })

private const val HOURS = 4L * 60 * 60
