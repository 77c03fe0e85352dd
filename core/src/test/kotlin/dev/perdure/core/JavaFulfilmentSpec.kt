package dev.perdure.core

import dev.perdure.core.definition.Call
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.RepeatUntil
import dev.perdure.core.definition.Step
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf

class JavaFulfilmentSpec :
    FunSpec({
        val nodes =
            JavaFulfilment
                .fulfilment(mutableListOf())
                .root()
                .nodes()
                .associateBy { it.name() }

        test("the Java API describes every kind of node, in the order in which it is written") {
            nodes.values.map { it.kind() } shouldContainExactly
                listOf(
                    "for_each",
                    "for_each",
                    "for_each",
                    "choose",
                    "choose",
                    "callback",
                    "step",
                    "repeat_until",
                    "decide",
                    "approval",
                    "signal",
                    "signal",
                    "call",
                    "call",
                    "step",
                )
        }

        test("what a loop, a choice and a repetition yield is the node that its content returned") {
            val lines = nodes["lines"].shouldBeInstanceOf<ForEach>()
            lines.body().result() shouldBe Path.parse("lines[*]/label")
            lines.concurrency() shouldBe 8
            lines.onError() shouldBe ForEach.OnError.CONTINUE
            nodes["labels"].shouldBeInstanceOf<ForEach>().body().result() shouldBe null
            nodes["fee"].shouldBeInstanceOf<Choose>().clauses().map { it.result().toString() } shouldBe
                listOf("fee/gold/free", "fee/otherwise/normal")
            nodes["gift"].shouldBeInstanceOf<Choose>().clauses().map { it.name() } shouldBe listOf("true", "otherwise")
            nodes["poll"].shouldBeInstanceOf<RepeatUntil>().body().result() shouldBe Path.parse("poll[*]/ask")
        }

        test("a step has its compensation, a decision its targets, a call its child") {
            nodes["charge"]
                .shouldBeInstanceOf<Step>()
                .compensation()
                ?.retry()
                ?.maxAttempts() shouldBe 3
            nodes["next"].shouldBeInstanceOf<Decide>().targets() shouldBe
                listOf(Decide.Target("sign_off", 0), Decide.Target("poll", 2))
            nodes["ship"].shouldBeInstanceOf<Call>().workflow() shouldBe "shipping"
            nodes["survey"].shouldBeInstanceOf<Call>().isDetached shouldBe true
        }
    })
