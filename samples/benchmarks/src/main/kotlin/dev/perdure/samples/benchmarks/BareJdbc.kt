package dev.perdure.samples.benchmarks

import java.sql.DriverManager

/** What B9 compares to: writes the row of one step to a new file. */
fun main(args: Array<String>) {
    DriverManager.getConnection("jdbc:sqlite:" + args.single()).use { connection ->
        connection.createStatement().use {
            it.execute("PRAGMA journal_mode = WAL")
            it.execute("PRAGMA synchronous = FULL")
            it.execute(
                "CREATE TABLE steps (run_id TEXT, seq BIGINT, path TEXT, kind TEXT, attempt INT, status TEXT, " +
                    "output TEXT, started_at BIGINT, finished_at BIGINT, checksum INT, PRIMARY KEY (run_id, seq))",
            )
        }
        connection.autoCommit = false
        connection.prepareStatement("INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").use { insert ->
            val now = System.currentTimeMillis()
            val row = listOf("run-1", 1L, "step-1", "step", 1, "COMPLETED", "\"$OUTPUT\"", now, now, 1)
            row.forEachIndexed { index, value -> insert.setObject(index + 1, value) }
            insert.executeUpdate()
        }
        connection.commit()
        println(Startup.RECORDED)
    }
}
