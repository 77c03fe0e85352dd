package dev.perdure.samples.cli

import dev.perdure.core.Json
import dev.perdure.core.Plain
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.transfer.RunExport
import dev.perdure.core.transfer.RunImport
import dev.perdure.storage.SqliteMigrations
import dev.perdure.storage.SqliteStore
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Option
import picocli.CommandLine.Parameters
import java.io.BufferedReader
import java.io.IOException
import java.io.InputStreamReader
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.Callable

@Command(
    name = "export",
    description = ["Writes runs to standard output, as lines of JSON for perdure import. With their values."],
    mixinStandardHelpOptions = true,
)
internal class ExportCommand(private val terminal: Terminal) : Callable<Int> {
    @Parameters(
        paramLabel = "RUN",
        arity = "0..*",
        description = ["The ids of runs; the runs that they call come too."],
    )
    var ids: List<String> = emptyList()

    @Option(names = ["--all"], description = ["All runs of the store."])
    var isAll: Boolean = false

    @Mixin
    lateinit var store: StoreOption

    override fun call(): Int {
        if (isAll == ids.isNotEmpty()) {
            throw UsageException("name the runs to export, or say --all")
        }
        store.open().use { store ->
            val export = RunExport(store, terminal.out::println)
            wanted(store).forEach(export::write)
        }
        return ExitCode.DONE
    }

    private fun wanted(store: Store): List<String> {
        val all = store.ids(RunQuery.all())
        if (isAll) {
            return all
        }
        val missing = ids.firstOrNull { store.find(it).isEmpty }
        if (missing != null) {
            throw unknownRun(store, missing)
        }
        val families = ids.map { FamilyStore(store, it).ids(RunQuery.all()).toSet() }
        return all.filter { id -> families.any { id in it } }
    }
}

@Command(
    name = "import",
    description = ["Reads runs that perdure export wrote. Each comes in wholly or not at all; none is run."],
    mixinStandardHelpOptions = true,
)
internal class ImportCommand(private val terminal: Terminal) : Callable<Int> {
    @Parameters(paramLabel = "FILE", description = ["What was exported; - for standard input."])
    lateinit var file: String

    @Option(
        names = ["--store"],
        required = true,
        paramLabel = "FILE",
        description = ["The SQLite file; made where there is none."],
    )
    lateinit var path: Path

    @Mixin
    lateinit var json: JsonOption

    override fun call(): Int {
        reader().use { reader ->
            SqliteStore.open(path).use { store ->
                RunImport(store).use { it.read(reader.lines(), ::tell) }
            }
        }
        return ExitCode.DONE
    }

    private fun reader(): BufferedReader {
        if (file == "-") {
            return BufferedReader(InputStreamReader(terminal.input, Charsets.UTF_8))
        }
        try {
            return Files.newBufferedReader(Path.of(file))
        } catch (failed: IOException) {
            throw UsageException("the export $file cannot be read: ${reason(failed)}")
        }
    }

    private fun tell(imported: RunImport.Imported) {
        val outcome = imported.outcome().name.lowercase()
        val fields = mapOf("run" to imported.runId(), "status" to imported.status().name, "outcome" to outcome)
        terminal.out.println(
            if (json.isJson) {
                Json.write(
                    Plain.of(fields),
                )
            } else {
                "${imported.runId()} (${imported.status()}): ${outcome.replace('_', ' ')}"
            },
        )
    }
}

@Command(
    name = "migrate",
    description = ["Takes a store's schema up or down, or shows where it is."],
    mixinStandardHelpOptions = true,
)
internal class MigrateCommand(private val terminal: Terminal) : Callable<Int> {
    internal enum class Way { UP, DOWN, STATUS }

    @Parameters(paramLabel = "up|down|status", description = ["up to the newest version, down by one, or status."])
    lateinit var way: Way

    @Option(names = ["--to"], paramLabel = "VERSION", description = ["The version to go to."])
    var target: Int? = null

    @Mixin
    lateinit var store: StoreOption

    @Mixin
    lateinit var json: JsonOption

    override fun call(): Int {
        if (!Files.exists(store.path)) {
            throw NoStoreException("there is no store ${store.path}")
        }
        val migrations = SqliteMigrations(store.path)
        val present = migrations.states().count { it.appliedAt != null }
        when (way) {
            Way.UP -> migrations.migrateTo(checked(target ?: migrations.latest, present..migrations.latest))
            Way.DOWN -> migrations.migrateTo(checked(target ?: (present - 1), 0..present))
            Way.STATUS -> if (target != null) throw UsageException("status goes nowhere; leave --to out")
        }
        migrations.states().forEach {
            terminal.out.println(
                if (json.isJson) Json.write(Plain.of(fields(it))) else "$it",
            )
        }
        return ExitCode.DONE
    }

    private fun checked(
        version: Int,
        possible: IntRange,
    ): Int {
        if (version !in possible) {
            throw UsageException(
                "the schema cannot go ${way.name.lowercase()} to version $version; possible is $possible",
            )
        }
        return version
    }

    private fun fields(state: dev.perdure.storage.MigrationState): Map<String, Any?> =
        mapOf("version" to state.version, "name" to state.name, "applied" to state.appliedAt?.toString())
}
