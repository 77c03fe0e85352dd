package dev.perdure.samples.fleet

import java.sql.Connection
import java.sql.ResultSet

/** Who runs what, as the database has it. Reads only, beside the engines. */
internal class FleetView(private val connection: Connection) {
    /** How many runs each process has, by its id. */
    fun runsOf(): Map<Long, Int> =
        query(
            "SELECT engines.process_id, count(*) " +
                "FROM perdure.runs JOIN perdure.engines ON engines.epoch = runs.owner GROUP BY 1",
        ) { it.getLong(1) to it.getInt(2) }.toMap()

    /** The runs that a process has. */
    fun runIdsOf(processId: Long): Set<String> =
        query(
            "SELECT runs.id FROM perdure.runs JOIN perdure.engines ON engines.epoch = runs.owner " +
                "WHERE engines.process_id = $processId",
        ) { it.getString(1) }.toSet()

    /** How many runs there are, by status. */
    fun statuses(): Map<String, Int> =
        query("SELECT status, count(*) FROM perdure.runs GROUP BY 1") { it.getString(1) to it.getInt(2) }.toMap()

    /** What is wrong with runs that ended otherwise than they should, or stopped. */
    fun failures(): List<String> =
        query("SELECT id, status, error FROM perdure.runs WHERE status <> 'COMPLETED' ORDER BY 1") {
            "${it.getString(1)} ${it.getString(2)}: ${it.getString(3)}"
        }

    /** Which worker booked an order, each time that it was booked. */
    fun bookings(): List<Pair<String, String>> =
        query("SELECT order_id, worker FROM public.shipments ORDER BY 1, 2") { it.getString(1) to it.getString(2) }

    /** How often a step of a run is recorded as done, where that is not once. */
    fun repeatedSteps(): List<String> =
        query(
            "SELECT run_id || '/' || path FROM perdure.steps WHERE kind = 'step' AND status = 'COMPLETED' " +
                "GROUP BY run_id, path HAVING count(*) <> 1",
        ) { it.getString(1) }

    private fun <T> query(
        sql: String,
        map: (ResultSet) -> T,
    ): List<T> =
        connection.createStatement().use { statement ->
            statement.executeQuery(sql).use { found -> buildList { while (found.next()) add(map(found)) } }
        }
}
