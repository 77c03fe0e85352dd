package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.BodyScope
import dev.perdure.core.spi.BodyScopes
import dev.perdure.core.spi.BodyTask
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** A language of somebody else's. */
private fun interface Foreign : Body {
    fun say(context: BodyContext): String
}

/** Runs that language on the thread that launches it. */
private class ForeignScopes : BodyScopes {
    override fun supports(bodyType: Class<out Body>) = Foreign::class.java.isAssignableFrom(bodyType)

    override fun open(
        runId: String,
        workflow: String,
    ): BodyScope = Scope()

    override fun close() = Unit

    private class Scope : BodyScope {
        override fun nested(path: Path): BodyScope = Scope()

        override fun launch(task: BodyTask): BodyScope.RunningBody {
            task.completed((task.body() as Foreign).say(task.context()))
            return BodyScope.RunningBody { }
        }

        override fun cancel() = Unit

        override fun close() = Unit
    }
}

class BodyTypesSpec :
    FunSpec({
        val step = Step.of("say", Foreign { "at ${it.path()}" }, ValueTypes.PLAIN, Retry.NONE)
        val workflow = HandMade.workflow(Path.parse("say"), step, bodyType = Foreign::class.java)

        test("an engine refuses a workflow whose bodies nothing runs, before it takes the store") {
            val store = MemoryStore()
            val refused = shouldThrow<PerdureException> { Engine.builder(store).register(workflow, "text").open() }
            refused.code() shouldBe ErrorCode.INVALID_DEFINITION
            refused.message shouldContain "workflow \"case\" version 1"
            refused.message shouldContain Foreign::class.java.name
            refused.message shouldContain "bodyScopes"
            store.definitions().shouldBeEmpty()
        }

        test("a provider that is given runs them") {
            Engine
                .builder(MemoryStore())
                .register(workflow)
                .bodyScopes(ForeignScopes())
                .open()
                .use { engine -> engine.start("case", "r", null).output() shouldBe "at say" }
        }
    })
