package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Engine
import dev.perdure.core.journal.DefinitionRecord
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Write
import dev.perdure.dsl.await
import dev.perdure.dsl.join
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlinx.coroutines.future.await

class StoredWorkflowsSpec :
    FunSpec({
        fun text(
            agent: String,
            version: String = "1",
        ) = """
            {"workflow_id": "ask", "name": "ask", "version": "$version", "start_step": "wait", "steps": {
              "wait": {"id": "wait", "type": "wait_for_event", "event_name": "go", "next_step": "do"},
              "do": {"id": "do", "agent_name": "$agent", "input_mapping": {"v": "$version"}}}}
            """.trimIndent()

        val agents = agents { agent("echo") { it["v"] } }

        fun MemoryStore.hold(vararg definitions: DefinitionRecord) =
            acquire(EngineIdentity.ofThisProcess()).let { lease ->
                commit(lease, definitions.map { Write.SaveDefinition(it) })
                release(lease)
            }

        test("an engine goes on with a run that a file started, without the file") {
            val store = MemoryStore()
            val options = JsonOptions.DEFAULT.version(7)
            val file = text("echo", "2.1-beta")
            val read = JsonWorkflows.read(file, agents, options)
            Engine
                .builder(store)
                .register(read, file)
                .open()
                .use { it.start("ask", "r", null) }
            val stored = JsonWorkflows.stored(store, agents)
            stored.workflows.map { it.name() to it.version() } shouldContainExactly listOf("ask" to 7)
            stored.workflows.single().fingerprint() shouldBe read.fingerprint()
            Engine.builder(store).register(*stored.workflows.toTypedArray()).open().use { engine ->
                val run = engine.find("r").get()
                run.signal("go", null).await()
                run.await<String>() shouldBe "2.1-beta"
            }
        }

        test("a run goes on with the version that it was started with, a new one takes the newest") {
            val store = MemoryStore()
            val first = text("echo", "1")
            Engine
                .builder(
                    store,
                ).register(JsonWorkflows.read(first, agents), first)
                .open()
                .use { it.start("ask", "old", null) }
            val second = text("echo", "2")
            Engine
                .builder(store)
                .register(JsonWorkflows.read(second, agents), second)
                .open()
                .close()
            val stored = JsonWorkflows.stored(store, agents).workflows.toTypedArray()
            Engine.builder(store).register(*stored).open().use { engine ->
                val runs = listOf(engine.find("old").get(), engine.start("ask", "new", null))
                runs.map {
                    it.signal("go", null).await()
                    it.await<String>()
                } shouldContainExactly listOf("1", "2")
            }
        }

        test("a text that cannot be used is named, and keeps no other from being used") {
            val store = MemoryStore()
            store.hold(
                DefinitionRecord("ask", 1, text("nobody"), 0),
                DefinitionRecord("ask", 2, text("echo", "2"), 0),
                DefinitionRecord("ask", 3, "no JSON", 0),
                DefinitionRecord("other", 1, text("echo"), 0),
            )
            val stored = JsonWorkflows.stored(store, agents)
            stored.workflows.map { it.version() } shouldContainExactly listOf(2)
            stored.unusable.keys.map { "${it.name()} ${it.version()}" } shouldContainExactly
                listOf("ask 1", "ask 3", "other 1")
            stored.unusable.values
                .first()
                .message shouldContain "there is no agent \"nobody\""
            stored.unusable.values
                .last()
                .message shouldContain "is of workflow \"ask\""
            JsonWorkflows.stored(MemoryStore(), agents).workflows.shouldBeEmpty()
        }

        test("agents of any name do for looking at a workflow, and fail the steps that call them") {
            shouldThrow<DefinitionException> { JsonWorkflows.read(text("nobody"), agents) }
            val looked = JsonWorkflows.read(text("nobody"), Agents.ANY)
            looked.fingerprint() shouldBe JsonWorkflows.read(text("echo"), agents).fingerprint()
            Engine.builder(MemoryStore()).register(looked).open().use { engine ->
                val run = engine.start("ask", "r", null)
                run.signal("go", null).await()
                val ended = run.join()
                ended.status() shouldBe RunStatus.FAILED
                ended.error() shouldContain "calls an agent that this program does not have"
            }
        }
    })
