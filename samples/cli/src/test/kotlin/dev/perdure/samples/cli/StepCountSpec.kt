package dev.perdure.samples.cli

import dev.perdure.core.Path
import dev.perdure.dsl.json.Agents
import dev.perdure.dsl.json.JsonWorkflows
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import kotlin.io.path.readText

class StepCountSpec :
    FunSpec({
        fun count(example: String) =
            StepCount(
                JsonWorkflows.read(
                    java.nio.file.Path
                        .of(Cli.example(example))
                        .readText(),
                    Agents.ANY,
                ),
                emptyList(),
            )

        test("steps outside of loops are known from the start") {
            val count = count("three-agents.json")
            (count.done to count.total) shouldBe (0 to 4)
            repeat(2) { count.completed(Path.parse("look/summary")) }
            count.completed(Path.parse("look#join"))
            (count.done to count.total) shouldBe (1 to 4)
        }

        test("those of a loop are known once its items are, however often that is told") {
            val count = count("documents.json")
            count.total shouldBe 5
            repeat(2) { count.began(Path.parse("sections"), 3) }
            count.total shouldBe 5 + 3 * 2
            count.completed(Path.parse("sections[2]/score"))
            count.done shouldBe 1
        }

        test("the bar is as full as the work is done") {
            WordReporter.bar(0, 0) shouldBe "[..............................] 0 of 0 steps"
            WordReporter.bar(1, 3) shouldBe "[##########....................] 1 of 3 steps"
            WordReporter.bar(3, 3) shouldBe "[##############################] 3 of 3 steps"
        }
    })
