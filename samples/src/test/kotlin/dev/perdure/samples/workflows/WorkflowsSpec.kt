package dev.perdure.samples.workflows

import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Run
import dev.perdure.dsl.await
import dev.perdure.dsl.engine
import dev.perdure.dsl.start
import dev.perdure.storage.SqliteStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.maps.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Path

private suspend fun <I> running(
    file: Path,
    workflow: Workflow<I, *>,
    input: I,
    check: suspend (Run) -> Unit,
) {
    SqliteStore.open(file).engine(workflow).use { check(it.start(workflow, input, id = "r")) }
}

private fun Run.attempts(path: String): List<StepStatus> = journal().filter { it.path() == path }.map { it.status() }

class WorkflowsSpec :
    FunSpec({
        test("onboard_user joins what its branches yielded, and retries the email") {
            running(
                tempdir().toPath().resolve("s.db"),
                onboardUser(Services()),
                NewUser("Zoë", "z@example.com"),
            ) { run ->
                val welcome = run.await<Welcome>()
                welcome.user.name shouldBe "Zoë"
                welcome.setup.messageId shouldBe "email to z@example.com"
                welcome.setup.card shouldBe "card of account of ${welcome.user.id}"
                run.attempts("setup/welcome_email") shouldContainExactly listOf(StepStatus.FAILED, StepStatus.COMPLETED)
            }
        }
        test("dashboard_data collects each branch's figures apart from the others'") {
            running(tempdir().toPath().resolve("s.db"), dashboardData(Services()), "acme") { run ->
                run.await<Dashboard>() shouldBe Dashboard("acme", orders = 48, users = 12, revenue = 5_000)
                run.context() shouldContainExactly
                    mapOf(
                        "parallel_results" to
                            mapOf(
                                "orders" to mapOf("count" to 48L),
                                "users" to mapOf("count" to 12L),
                                "revenue" to mapOf("count" to 5_000L),
                            ),
                    )
            }
        }
        test("notify_all completes every channel, failed ones too, and goes on") {
            running(tempdir().toPath().resolve("s.db"), notifyAll(Services()), "z@example.com") { run ->
                run.await<List<Delivery>>() shouldContainExactly
                    listOf(
                        Delivery("email", "email to z@example.com", null),
                        Delivery("text", null, "z@example.com has no phone number"),
                        Delivery("push", "push to z@example.com", null),
                    )
                run.attempts("channels/email") shouldContainExactly listOf(StepStatus.FAILED, StepStatus.COMPLETED)
                run.attempts("channels/text") shouldContainExactly listOf(StepStatus.FAILED)
                run.attempts("log_results") shouldContainExactly listOf(StepStatus.COMPLETED)
            }
        }
        test("a second start of a program shows the recorded result and runs nothing") {
            val file = tempdir().toPath().resolve("s.db")
            val journals =
                (1..2).map {
                    runOnSqlite(arrayOf("$file"), dashboardData(Services()), "acme")
                    SqliteStore.open(file).use { store -> store.journal("dashboard_data") }
                }
            journals[1] shouldContainExactlyInAnyOrder journals[0]
            journals[0].joinToString { it.path() } shouldContain "figures/orders"
        }
    })
