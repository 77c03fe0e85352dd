package dev.perdure.core.engine

import dev.perdure.core.definition.Workflow

/** Three workflows as applications have them, each with most kinds of nodes. */
object WholeWorkflows {
    fun orderProcessing(language: Authoring): Workflow<*, *> =
        language.flow("order_processing") {
            does("validate_order") {
                val order = input as Map<*, *>
                this["order_type"] = order["type"]
                this["line_items"] = order["items"]
            }
            chooseBy(
                "kind",
                { this["order_type"] },
                "physical" to {
                    does("process_physical") {
                        this["processed_as"] = "physical"
                        this["shipping_label"] = "SHIP-123"
                    }
                },
                "digital" to {
                    does("process_digital") {
                        this["processed_as"] = "digital"
                        this["download_url"] = "https://example.com/download"
                    }
                },
            )
            forEach("items", "line_items") { item ->
                does("process_item") { append("items_processed", (read(item) as Map<*, *>)["name"]) }
            }
            parallel(
                "after",
                "confirmation" to { does("send_confirmation") { this["email_sent"] = true } },
                "analytics" to { does("update_analytics") { this["analytics_updated"] = true } },
            )
            does("complete") { this["completed"] = true }
        }

    fun documentApproval(language: Authoring): Workflow<*, *> =
        language.flow("document_approval") {
            does("create_request") {
                val request = input as Map<*, *>
                this["amount"] = request["amount"]
                this["affected_items"] = request["items"]
            }
            decide("check_auto_approve") { if ((this["amount"] as Number).toLong() < 1000) "finalize" else null }
            parallel(
                "prepare",
                "notify" to { does("notify_approvers") { this["notified"] = true } },
                "audit" to { does("create_audit_log") { this["audit_logged"] = true } },
            )
            does("set_approval") {
                this["approval_result"] = (input as Map<*, *>)["approval_result"] ?: "approved"
            }
            chooseBy(
                "outcome",
                { this["approval_result"] },
                "approved" to { does("approve") { this["approval_processed"] = "approved" } },
                "rejected" to {
                    does("reject") {
                        this["approval_processed"] = "rejected"
                        this["rejection_notified"] = true
                    }
                },
            )
            forEach("update", "affected_items") { item ->
                does("update_item") {
                    if (this["approval_result"] == "approved") append("items_updated", read(item))
                }
            }
            does("finalize") { this["finalized"] = true }
        }

    fun batchMigration(language: Authoring): Workflow<*, *> =
        language.flow("batch_migration") {
            does("initialize") {
                this["batches"] = (input as Map<*, *>)["batches"]
                this["migrated_ids"] = emptyList<Any>()
            }
            forEach("migrate", "batches") { batch ->
                does("migrate_batch") { append("migrated_ids", read(batch)) }
            }
            decide("check_results") { if ((this["migrated_ids"] as List<*>).isEmpty()) "finalize" else null }
            parallel(
                "wrap_up",
                "report" to { does("generate_report") { this["report"] = true } },
                "notifications" to { does("send_notifications") { this["notified"] = true } },
                "cleanup" to { does("cleanup_temp") { this["cleaned"] = true } },
            )
            does("mark_success") { this["migration_status"] = "success" }
            does("finalize") {
                if (!has("migration_status")) this["migration_status"] = "empty"
                this["completed_at"] = true
            }
        }

    fun order(
        type: String,
        vararg names: String,
    ) = mapOf("type" to type, "items" to names.mapIndexed { i, name -> mapOf("id" to i + 1, "name" to name) })
}
