package dev.perdure.samples.workflows

import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.Collect
import dev.perdure.dsl.workflow
import kotlinx.serialization.Serializable

@Serializable
data class Dashboard(val tenant: String, val orders: Int, val users: Int, val revenue: Int)

/** Collects a tenant's figures at the same time. Each branch writes to its own key-value data, and none overwrites another's. */
fun dashboardData(services: Services): Workflow<String, Dashboard> =
    workflow<String, Dashboard>("dashboard_data", version = 1) {
        parallel("figures", merge = Collect) {
            step("orders") { put("count", services.countOrders(input)) }
            step("users") { put("count", services.countUsers(input)) }
            step("revenue") { put("count", services.revenue(input)) }
        }
        step("dashboard") {
            val figures = get<Map<String, Map<String, Int>>>(Merge.Collect.DEFAULT_KEY)

            fun count(branch: String) = figures.getValue(branch).getValue("count")
            Dashboard(input, count("orders"), count("users"), count("revenue"))
        }
    }

/** `dashboard_data` on SQLite; see [runOnSqlite]. */
fun main(args: Array<String>) = runOnSqlite(args, dashboardData(Services()), "acme")
