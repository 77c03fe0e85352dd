package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.WholeWorkflows.batchMigration
import dev.perdure.core.engine.WholeWorkflows.documentApproval
import dev.perdure.core.engine.WholeWorkflows.order
import dev.perdure.core.engine.WholeWorkflows.orderProcessing
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.maps.shouldContainAll
import io.kotest.matchers.maps.shouldNotContainKeys
import io.kotest.matchers.shouldBe

/** E30 to E36. */
fun wholeWorkflowConformance(subject: Subject) =
    funSpec {
        val language = subject.authoring

        fun ended(
            workflow: Workflow<*, *>,
            input: Any?,
            check: (Run) -> Unit = {},
        ): Map<String, Any?> =
            subject.engine(subject.newStores(), workflow).use { engine ->
                val run = engine.start(workflow.name(), "r", input).endsCompleted()
                check(run)
                run.context()
            }

        test("${subject}E30 a physical order takes the physical clause and every item") {
            val context = ended(orderProcessing(language), order("physical", "Widget", "Gadget"))
            context shouldContainAll
                mapOf(
                    "processed_as" to "physical",
                    "shipping_label" to "SHIP-123",
                    "items_processed" to listOf("Widget", "Gadget"),
                    "email_sent" to true,
                    "analytics_updated" to true,
                    "completed" to true,
                )
            context.shouldNotContainKeys("download_url")
        }

        test("${subject}E31 a digital order has one success for each step that ran and none for the others") {
            val context =
                ended(orderProcessing(language), order("digital", "E-Book")) { run ->
                    val steps = run.journal().filter { it.kind() == "step" && !it.path().endsWith("-end") }
                    steps.map { it.path() } shouldContainExactlyInAnyOrder
                        listOf(
                            "validate_order",
                            "kind/digital/process_digital",
                            "items[0]/process_item",
                            "after/confirmation/send_confirmation",
                            "after/analytics/update_analytics",
                            "complete",
                        )
                    steps.map { it.status() }.toSet() shouldBe setOf(StepStatus.COMPLETED)
                    run.rows("kind").single().branchTaken() shouldBe "digital"
                    run.rows("items[0]").single().iterationIndex() shouldBe 0
                }
            context shouldContainAll mapOf("processed_as" to "digital", "items_processed" to listOf("E-Book"))
            context.shouldNotContainKeys("shipping_label")
        }

        test("${subject}E32 E34 a small amount goes straight to the end, and only what ran has rows") {
            listOf(
                mapOf("amount" to 500, "items" to listOf("item1", "item2")),
                mapOf(
                    "amount" to 100,
                    "items" to listOf<Any>(),
                ),
            ).forEach { input ->
                val context =
                    ended(documentApproval(language), input) { run ->
                        run.journal().map { it.path() } shouldContainExactlyInAnyOrder
                            listOf("create_request", "check_auto_approve", "finalize")
                        run.rows("check_auto_approve").single().branchTaken() shouldBe "finalize"
                    }
                context["finalized"] shouldBe true
                context.shouldNotContainKeys("notified", "audit_logged", "items_updated")
            }
        }

        test("${subject}E33 a rejected document notifies and updates nothing") {
            val input = mapOf("amount" to 10000, "items" to listOf("contract1"), "approval_result" to "rejected")
            val context = ended(documentApproval(language), input)
            context shouldContainAll
                mapOf(
                    "notified" to true,
                    "audit_logged" to true,
                    "approval_processed" to "rejected",
                    "rejection_notified" to true,
                    "finalized" to true,
                )
            context.shouldNotContainKeys("items_updated")
        }

        test("${subject}E35 batches are migrated, three, one or none") {
            listOf(listOf("batch1", "batch2", "batch3"), listOf("batch1"), listOf()).forEach { batches ->
                val context = ended(batchMigration(language), mapOf("batches" to batches))
                context["migrated_ids"] shouldBe batches
                context["migration_status"] shouldBe if (batches.isEmpty()) "empty" else "success"
                context.containsKey("report") shouldBe batches.isNotEmpty()
            }
        }

        val cases =
            listOf(
                orderProcessing(language) to order("physical", "Widget", "Gadget"),
                orderProcessing(language) to order("digital", "E-Book"),
                documentApproval(language) to mapOf("amount" to 500, "items" to listOf("item1")),
                documentApproval(language) to mapOf("amount" to 10000, "items" to listOf("contract1", "contract2")),
                batchMigration(language) to mapOf("batches" to listOf("batch1", "batch2")),
                batchMigration(language) to mapOf("batches" to listOf<Any>()),
            )
        cases.forEachIndexed { i, (workflow, input) ->
            test("${subject}E36 ${workflow.name()} ($i) ends the same when it is killed at any commit and resumed") {
                val expected = ended(workflow, input)
                var commits = 0
                var isOver = false
                while (!isOver) {
                    val stores = subject.newStores()
                    var count = 0
                    val crashing = CrashingStore(stores.open(), commits % 2 == 0) { count++ == commits / 2 }
                    isOver = runUntilCrash(subject, crashing, workflow, input)
                    subject.engine(stores, workflow).use { engine ->
                        val run = engine.start(workflow.name(), "r", input).endsCompleted()
                        run.context() shouldBe expected
                        val twice =
                            run
                                .journal()
                                .filter { it.status() == StepStatus.COMPLETED }
                                .groupBy { it.path() }
                                .filterValues { it.size > 1 }
                        twice.keys shouldBe emptySet()
                    }
                    commits++
                }
                println("kills in process: $commits")
            }
        }
    }

/** Whether the run ended before the store crashed. */
private fun runUntilCrash(
    subject: Subject,
    store: CrashingStore,
    workflow: Workflow<*, *>,
    input: Any?,
): Boolean =
    subject.engine({ store }, workflow).use { engine ->
        try {
            engine.start(workflow.name(), "r", input).ended().status() == RunStatus.COMPLETED
        } catch (crashed: Exception) {
            false
        }
    }
