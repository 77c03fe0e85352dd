package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.RepeatUntil
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Payload
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.maps.shouldContainKeys
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf

class EveryNodeSpec :
    FunSpec({
        val child = workflow<String, Int>("child") { step("a") { input.length } }
        val kotlin = everyNodeInKotlin(child)
        val java = everyNodeInJava(child)

        fun node(
            workflow: Workflow<*, *>,
            name: String,
        ) = workflow.root().nodes().single { it.name() == name }

        test("every kind of node, nested three levels, is the same graph in Kotlin and in Java") {
            val ours = kotlin.graph()["nodes"] as List<*>
            val theirs = java.graph()["nodes"] as List<*>
            ours.zip(theirs).forEach { (one, other) -> one shouldBe other }
            kotlin.graph() shouldBe java.graph()
            kotlin.fingerprint() shouldBe java.fingerprint()
            kotlin.places() shouldBe java.places()
        }

        test("a node's parts and a loop's items have places of their own, at every level") {
            val level = "lines[*]/size/big/pack[*]"
            val places =
                listOf(
                    "lines#items",
                    "lines[*]",
                    "lines[*]/size#choice",
                    "lines[*]/size/big",
                    level,
                    "$level#until",
                    "$level/longer#time",
                    "$level/sides/left/boxes[*]/fold",
                    "sign_off#request",
                    "child#input",
                    "kind/physical/ship#compensation",
                )
            kotlin.places().shouldContainKeys(*places.map { Path.parse(it) }.toTypedArray())
        }

        listOf("Kotlin" to kotlin, "Java" to java).forEach { (language, workflow) ->
            test("$language: what a node yields is what its content returned") {
                node(workflow, "lines").shouldBeInstanceOf<ForEach>().body().result() shouldBe
                    Path.parse("lines[*]/label")
                node(workflow, "again").shouldBeInstanceOf<ForEach>().body().result() shouldBe null
                node(workflow, "fee").shouldBeInstanceOf<Choose>().clauses().map { it.result().toString() } shouldBe
                    listOf("fee/clause-1/free", "fee/friend/half", "fee/otherwise/normal")
                val big =
                    node(workflow, "lines")
                        .shouldBeInstanceOf<ForEach>()
                        .body()
                        .nodes()
                        .first()
                val (pack, wrap) = big.shouldBeInstanceOf<Choose>().clauses().map { it.nodes().single() as RepeatUntil }
                pack.body().result() shouldBe Path.parse("lines[*]/size/big/pack[*]/weigh")
                wrap.body().result() shouldBe null
            }

            test("$language: a choice by value names its clauses by the values' text") {
                node(workflow, "kind").shouldBeInstanceOf<Choose>().clauses().map { it.name() } shouldBe
                    listOf("physical", "digital")
                node(workflow, "kind").shouldBeInstanceOf<Choose>().otherwise() shouldBe null
                node(workflow, "tax").shouldBeInstanceOf<Choose>().clauses().map { it.name() } shouldBe
                    listOf("0", "otherwise")
            }

            test("$language: parts take the retries around them, a compensation its own") {
                node(workflow, "again")
                    .shouldBeInstanceOf<ForEach>()
                    .items()
                    .retry()
                    .maxAttempts() shouldBe 2
                node(workflow, "state")
                    .shouldBeInstanceOf<Decide>()
                    .choice()
                    .retry()
                    .maxAttempts() shouldBe 2
                val ship =
                    node(
                        workflow,
                        "kind",
                    ).shouldBeInstanceOf<Choose>().clauses().first().nodes().single() as Step
                ship.compensation()?.retry()?.maxAttempts() shouldBe 2
                val left = (node(workflow, "both") as dev.perdure.core.definition.Parallel).branches().first() as Step
                left.compensation()?.retry()?.maxAttempts() shouldBe 5
            }

            test("$language: what a timeout does") {
                fun then(name: String) = node(workflow, name).shouldBeInstanceOf<AwaitSignal>().onTimeout()
                then("late") shouldBe AwaitSignal.OnTimeout.Yield(Payload.NULL)
                then("standard") shouldBe AwaitSignal.OnTimeout.Yield(Payload.of("none"))
                then("first") shouldBe AwaitSignal.OnTimeout.Fail()
                then("sign_off") shouldBe AwaitSignal.OnTimeout.Yield(Payload.NULL)
                node(workflow, "late").shouldBeInstanceOf<AwaitSignal>().signals() shouldBe listOf("note")
            }

            test("$language: a computed time is absolute, a computed duration relative") {
                val digital = node(workflow, "kind").shouldBeInstanceOf<Choose>().clauses().last()
                (digital.nodes().single() as Sleep).isRelative shouldBe false
                val big =
                    node(workflow, "lines")
                        .shouldBeInstanceOf<ForEach>()
                        .body()
                        .nodes()
                        .first() as Choose
                val pack =
                    big
                        .clauses()
                        .first()
                        .nodes()
                        .single() as RepeatUntil
                pack
                    .body()
                    .nodes()
                    .filterIsInstance<Sleep>()
                    .map { it.isRelative } shouldBe listOf(false, true)
            }
        }
    })
