package dev.perdure.samples.cli

import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Write
import dev.perdure.dsl.engine
import dev.perdure.dsl.json.AgentException
import dev.perdure.dsl.json.JsonWorkflows
import dev.perdure.dsl.json.agents
import dev.perdure.dsl.start
import dev.perdure.storage.SqliteStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import java.sql.DriverManager
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.io.path.readText

/**
 * The queries of storage's README say what their comments promise, of a run of a JSON workflow that has all kinds of
 * blocks.
 */
class MonitoringQueriesSpec :
    FunSpec({
        val text =
            """
            {"workflow_id": "onboard_user", "name": "all", "version": "1", "start_step": "setup", "steps": {
              "setup": {"id": "setup", "type": "parallel", "parallel_steps": ["mail", "space"],
                "next_step": "invoices"},
              "mail": {"id": "mail", "agent_name": "ok"}, "space": {"id": "space", "agent_name": "ok"},
              "invoices": {"id": "invoices", "type": "loop", "next_step": "is-large",
                "loop_config": {"collection": "${'$'}{workflow.input.invoices}", "loop_body": ["charge"],
                  "on_error": "continue"}},
              "charge": {"id": "charge", "agent_name": "charge", "input_mapping": {"amount": "${'$'}{loop.item}"}},
              "is-large": {"id": "is-large", "type": "conditional",
                "condition": {"expression": "${'$'}{invoices.output.total_count} > 2"},
                "if_true_step": "big", "if_false_step": "small", "next_step": "votes"},
              "big": {"id": "big", "agent_name": "ok"}, "small": {"id": "small", "agent_name": "ok"},
              "votes": {"id": "votes", "type": "fork_join", "next_step": "wait",
                "fork_join_config": {"join_policy": "majority",
                "branches": {"a": {"steps": ["vote-a"]}, "b": {"steps": ["vote-b"]}, "c": {"steps": ["vote-c"]}}}},
              "vote-a": {"id": "vote-a", "agent_name": "ok"}, "vote-b": {"id": "vote-b", "agent_name": "ok"},
              "vote-c": {"id": "vote-c", "agent_name": "no"},
              "wait": {"id": "wait", "type": "wait_for_event", "event_name": "paid", "timeout_seconds": 3600}}}
            """.trimIndent()

        val queries: Map<String, String> =
            Path
                .of("../../storage/README.md")
                .readText()
                .substringAfter("### Queries")
                .substringAfter("```sql\n")
                .substringBefore("```")
                .trim()
                .split("\n\n")
                .associate { it.substringBefore('\n').removePrefix("-- ") to it.substringAfter('\n') }

        val file = tempdir().toPath().resolve("app.db")
        val unseen = queries.keys.toMutableSet()

        fun rows(about: String): List<List<String?>> {
            unseen -= about
            DriverManager.getConnection("jdbc:sqlite:$file").use { connection ->
                connection.createStatement().use { statement ->
                    statement.executeQuery(queries.getValue(about)).use { found ->
                        val columns = 1..found.metaData.columnCount
                        return buildList { while (found.next()) add(columns.map { found.getString(it) }) }
                    }
                }
            }
        }

        beforeSpec {
            val agents =
                agents {
                    agent("ok") { "ok" }
                    agent("no") { throw AgentException("no", isRetryable = false) }
                    agent("charge") { input -> input["amount"].also { check(it != 0L) { "nothing to charge" } } }
                }
            val waits = CountDownLatch(1)
            SqliteStore.open(file).engine(JsonWorkflows.read(text, agents)).use { engine ->
                engine.listen { if (it is EngineEvent.RunSuspended) waits.countDown() }
                engine.start("onboard_user", mapOf("invoices" to listOf(5, 0, 7)), id = "user-42")
                waits.await(30, SECONDS) shouldBe true
            }
            SqliteStore.open(file).use { store ->
                val early = Write.Signal("user-42", SignalRecord(0, "early", "1", null, 1), 9)
                store.commit(store.acquire(EngineIdentity.ofThisProcess()), listOf(early))
            }
        }

        test("runs: what is at work, what waits, for what and until when, and what it was sent") {
            rows("what runs, and since when").map { it.take(3) } shouldContainExactly
                listOf(listOf("user-42", "onboard_user", "WAITING"))
            rows("which runs wait, and until when at the longest").map { it[0] } shouldContainExactly listOf("user-42")
            rows("what a run waits for").map { it.take(2) } shouldContainExactly listOf(listOf("wait", "signal"))
            rows("signals that nothing has waited for yet").map { it.take(3) } shouldContainExactly
                listOf(listOf("user-42", "1", "early"))
            rows("which approvals are pending, and what they ask") shouldBe emptyList()
            rows("the children of a run") shouldBe emptyList()
            rows("who owns the store") shouldBe emptyList()
            rows("what runs at this moment, of what has run for longer than a second") shouldBe emptyList()
        }

        test("branches: those of a block, how blocks were joined, and which way was taken") {
            val branches = rows("the branches of a block").map { it.take(2) }
            branches shouldContainAll listOf(listOf("mail", "setup/mail"), listOf("space", "setup/space"))
            val joins = rows("how the blocks of a run were joined, and how many of their branches ended how")
            joins.map { it.take(3) } shouldContainExactly
                listOf(listOf("setup", "All", "COMPLETED"), listOf("votes", "Majority", "COMPLETED"))
            rows("which way the choices and decisions of a run went") shouldContainExactly
                listOf(listOf("is-large", "choose", "then", "true"))
            rows("how often each way was taken, over all runs of a workflow") shouldContainExactly
                listOf(listOf("is-large", "true", "then", "1"))
        }

        test("loops: their items, which failed, and how long each took") {
            rows("the items of a loop").map { it.take(3) } shouldContainExactly
                listOf(
                    listOf("0", "invoices[0]", "COMPLETED"),
                    listOf("1", "invoices[1]", "FAILED"),
                    listOf("2", "invoices[2]", "COMPLETED"),
                )
            rows("which items of a loop failed, and at which step").map { it.take(3) } shouldContainExactly
                listOf(listOf("1", "invoices[1]/charge", "1"))
            rows("how long each item of a loop took").map { it[0] } shouldContainExactly listOf("0", "1", "2")
        }

        test("steps: a run's story, the slowest, and those that fail") {
            val story = rows("the story of a run").map { it[1] }
            story.first() shouldBeIn setOf("setup/mail", "setup/space")
            story.last() shouldBe "wait"
            rows("the slowest steps, retries and the waits between them included").shouldNotBeEmpty()
            rows("steps that fail most").map { it[0] }.toSet() shouldBe
                setOf("invoices[1]", "invoices[1]/charge", "votes/c", "votes/c/vote-c")
        }

        test("no query of the page is left out here") {
            unseen shouldBe emptySet()
        }
    })
