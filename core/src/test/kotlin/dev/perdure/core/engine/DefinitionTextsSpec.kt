package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

class DefinitionTextsSpec :
    FunSpec({
        fun waiting(version: Int = 1) =
            flow("ask", version) {
                awaitSignal("go", Any::class.java)
                does("end")
            }

        fun MemoryStore.texts() = definitions().map { "${it.name()} ${it.version()} ${it.text()}" }

        test("the texts of workflows are in the store once the engine is open, others' are not touched") {
            val store = MemoryStore()
            Engine
                .builder(store)
                .register(waiting(), "one")
                .register(waiting(3), "three")
                .open()
                .close()
            Engine
                .builder(store)
                .register(waiting(2), "two")
                .register(flow("other") { does("a") })
                .open()
                .close()
            store.texts() shouldContainExactly listOf("ask 1 one", "ask 2 two", "ask 3 three")
        }

        test("a live run keeps its text: an engine with another one is refused before it takes up any run") {
            val store = MemoryStore()
            Engine
                .builder(store)
                .register(waiting(), "one")
                .open()
                .use { it.start("ask", "r", null) }
            val before = store.journal("r")
            val thrown =
                shouldThrow<PerdureException> { Engine.builder(store).register(waiting(), "changed").open() }
            thrown.code() shouldBe ErrorCode.DEFINITION_CONFLICT
            thrown.message shouldContain "workflow \"ask\" version 1 is in the store with another text, which run \"r\""
            store.journal("r") shouldBe before
            store.texts() shouldContainExactly listOf("ask 1 one")
        }

        test("after such a refusal the store is free, and the run goes on with its own text") {
            val store = MemoryStore()
            Engine
                .builder(store)
                .register(waiting(), "one")
                .open()
                .use { it.start("ask", "r", null) }
            shouldThrow<PerdureException> { Engine.builder(store).register(waiting(), "changed").open() }
            Engine.builder(store).register(waiting(), "one").open().use { engine ->
                val run = engine.find("r").get()
                run.signal("go", 1).get() shouldBe true
                run.ended().status() shouldBe RunStatus.COMPLETED
            }
            Engine
                .builder(store)
                .register(waiting(), "changed")
                .open()
                .close()
            store.texts() shouldContainExactly listOf("ask 1 changed")
        }
    })
