package dev.perdure.storage

import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import io.kotest.core.spec.style.scopes.FunSpecRootScope
import java.nio.file.Files
import java.nio.file.Path

/** A store that is opened again and again, and all that it keeps, ids and payloads, as one text. */
internal class SecretPlace(
    val open: () -> Store,
    val content: () -> String,
    /** Changes what is stored behind the store's back; null for a store that is no database. */
    val execute: ((String) -> Unit)?,
)

/** A test on each kind of store. */
internal fun FunSpecRootScope.eachPlace(
    directory: StoreDirectory,
    sentence: String,
    test: (SecretPlace) -> Unit,
) = mapOf("memory" to ::inMemory, "SQLite" to { onSqlite(directory.newFile()) }, "PostgreSQL" to ::onPostgres)
    .forEach { (name, place) -> test("$sentence ($name)") { test(place()) } }

private fun inMemory(): SecretPlace {
    val store = MemoryStore()
    return SecretPlace({ store }, { store.content() }, null)
}

private fun MemoryStore.content(): String =
    (
        list(RunQuery.all()).flatMap { run ->
            listOf(run) + journal(run.id()) + storedSignals(run.id()).map { it.signal() }
        } + schedules()
    ).joinToString("\n") { record ->
        record.javaClass.recordComponents.joinToString { "${it.accessor.invoke(record)}" }
    }

/** The bytes of the file and of what SQLite keeps beside it; nobody may have the store open. */
private fun onSqlite(file: Path): SecretPlace =
    SecretPlace(
        { SqliteStore.open(file) },
        {
            Files.list(file.parent).use { files ->
                files
                    .filter { it.fileName.toString().startsWith(file.fileName.toString()) }
                    .map { String(Files.readAllBytes(it), Charsets.ISO_8859_1) }
                    .toList()
                    .joinToString("\n")
            }
        },
        { execute(file, it) },
    )

private fun onPostgres(): SecretPlace {
    val schema = PostgresServer.newSchema()
    return SecretPlace(
        {
            if (PostgresServer.query("SELECT 1 FROM pg_namespace WHERE nspname = '$schema'").isNotEmpty()) {
                PostgresServer.expireLeases(schema)
            }
            PostgresServer.open(schema)
        },
        {
            listOf("runs", "steps", "signals", "schedules", "definitions", "engines")
                .flatMap { PostgresServer.query("SELECT t::text FROM $schema.$it t") }
                .joinToString("\n")
        },
        { sql -> PostgresServer.execute("SET search_path TO $schema", sql) },
    )
}
