package dev.perdure.samples.cli

import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Store
import dev.perdure.dsl.json.Agents
import dev.perdure.dsl.json.agents
import dev.perdure.storage.SqliteStore
import picocli.CommandLine.Option
import java.nio.file.Files
import java.nio.file.Path
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** Where runs are, for commands that need some that are there. */
internal class StoreOption {
    @Option(names = ["--store"], required = true, paramLabel = "FILE", description = ["The SQLite file with the runs."])
    lateinit var path: Path

    /**
     * Opens a store that is there.
     *
     * @throws NoStoreException when it is not
     */
    fun open(): Store {
        if (!Files.exists(path)) {
            throw NoStoreException("there is no store $path; perdure run … --store $path makes one")
        }
        return SqliteStore.open(path)
    }
}

/** As [StoreOption], for commands that can do without. */
internal class NewStoreOption {
    @Option(
        names = ["--store"],
        paramLabel = "FILE",
        description = ["The SQLite file for the runs; made where there is none. Without it, nothing is kept."],
    )
    var path: Path? = null

    fun open(): Store = path?.let { SqliteStore.open(it) } ?: MemoryStore()
}

internal class AgentsOption {
    @Option(
        names = ["--agents"],
        paramLabel = "FILE",
        description = ["Where agents are: {\"name\": {\"url\": …, \"timeout\": seconds, \"headers\": {…}}}."],
    )
    var file: Path? = null

    fun read(): Agents = readOrNull() ?: agents {}

    fun readOrNull(): Agents? = file?.let { readAgents(it) }
}

internal class JsonOption {
    @Option(names = ["--json"], description = ["Print a JSON object a line, for machines."])
    var isJson: Boolean = false
}

/** How a run is followed. */
internal class FollowOptions {
    @Option(
        names = ["--wait"],
        paramLabel = "SECONDS",
        description = ["Stay through waits that end by themselves within this time; 1 unless said."],
    )
    var seconds: Double = 1.0

    val patience: Duration
        get() = if (seconds >= 0) seconds.seconds else throw UsageException("--wait is $seconds; expected 0 or more")
}
