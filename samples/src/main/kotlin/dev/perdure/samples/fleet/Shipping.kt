package dev.perdure.samples.fleet

import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.workflow
import dev.perdure.storage.PostgresOptions
import dev.perdure.storage.PostgresStore
import dev.perdure.storage.connection
import kotlinx.coroutines.delay
import java.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * An order is packed while its label is printed, and booked as shipped in the application's own table, in the transaction that
 * records the step.
 *
 * @param worker whose work it is, for the table
 */
internal fun shipping(worker: String): Workflow<String, String> =
    workflow<String, String>("shipping") {
        step("reserve") { delay(WORK) }
        parallel("prepare") {
            step("pack") { delay(WORK) }
            step("label") { delay(WORK) }
        }
        atomic("book") {
            connection.prepareStatement("INSERT INTO public.shipments (order_id, worker) VALUES (?, ?)").use {
                it.setString(1, input)
                it.setString(2, worker)
                it.executeUpdate()
            }
            worker
        }
    }

/** A worker that dies is missed after the lease, and its runs are taken over within two seconds more. */
internal fun store(url: String): PostgresStore = PostgresStore.open(url, options = PostgresOptions(lease = LEASE))

internal val LEASE: Duration = Duration.ofSeconds(3)
private val WORK = 40.milliseconds
