package dev.perdure.storage

import dev.perdure.core.engine.ChildJvm
import dev.perdure.core.engine.ChildProcess
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/**
 * A service that works for long holds no more at its end than when it had warmed up, and nothing of it runs twice. More
 * with `-Dperdure.soak.steps=1000000 -Dperdure.soak.waiting=10000`.
 */
class SoakSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val steps = Integer.getInteger("perdure.soak.steps", 20_000)
        val waiting = Integer.getInteger("perdure.soak.waiting", 500)

        test("a service that does very many steps while other runs wait leaves nothing behind") {
            val jvm = ChildJvm.plain("-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch")
            val arguments = arrayOf(directory.newFile(), steps, waiting)
            val child = ChildProcess.start(jvm, directory.path, SoakWorker::class.java, *arguments)
            val lines = generateSequence { child.awaitLine(PATIENCE) }.toList()
            child.awaitExit() shouldBe 0
            val report = SoakReport(SoakSample.all(lines))
            println(report)
            val orders = 0 until steps / SoakWorkflows.STEPS
            val runs = orders.count() + orders.count { SoakWorkflows.hasChild(it) }
            val recorded = orders.count() * SoakWorkflows.STEPS
            SoakCount.all(lines) shouldContainExactly
                listOf(
                    SoakCount(runs, recorded, recorded + waiting, left = waiting, waiting),
                    SoakCount(runs + waiting, recorded + 2 * waiting, recorded + 2 * waiting, left = 0, waiting = 0),
                )
            report.findings().shouldBeEmpty()
        }

        /** What is found where each of 20 portions of 1,000 steps leaves behind what [worse] says. */
        fun grown(worse: SoakSample.(portion: Int) -> SoakSample) =
            SoakReport(
                List(20) { SoakSample(1_000L * (it + 1), 7 shl 20, 4 shl 20, 53, 32, 1 shl 20, 200 shl 20).worse(it) },
            ).findings()

        test("what grows is found") {
            grown { this }.shouldBeEmpty()
            grown { copy(heap = heap + it * 1_000) }.shouldBeEmpty()
            grown { copy(heap = heap + it % 2 * 100_000) }.shouldBeEmpty()
            grown { copy(heap = heap + it * 30_000) }.single() shouldContain "heap"
            grown { copy(log = log + (it shl 22)) }.single() shouldContain "log"
            grown { copy(handles = handles + it / 2) }.single() shouldContain "file handles"
            grown { copy(threads = threads + it) }.single() shouldContain "threads"
            grown { copy(resident = resident + (it shl 23)) }.single() shouldContain "the process"
            grown { copy(file = file + (it shl 20)) }.single() shouldContain "the file"
        }
    }) {
    private companion object {
        const val PATIENCE = 900L
    }
}
