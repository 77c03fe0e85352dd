package dev.perdure.samples.cli

import dev.perdure.core.spi.Purge
import dev.perdure.core.transfer.LinesArchive
import dev.perdure.core.transfer.RunPurge
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Option
import java.io.IOException
import java.nio.channels.Channels
import java.nio.channels.FileChannel
import java.nio.file.Path
import java.nio.file.StandardOpenOption.APPEND
import java.nio.file.StandardOpenOption.CREATE
import java.time.Duration
import java.time.Instant
import java.util.concurrent.Callable

@Command(
    name = "purge",
    description = ["Deletes runs that have ended, with their steps and signals. Their ids are free then."],
    mixinStandardHelpOptions = true,
)
internal class PurgeCommand(private val terminal: Terminal) : Callable<Int> {
    @Option(
        names = ["--older-than"],
        required = true,
        paramLabel = "AGE",
        description = ["How long ago they ended at least: a number with d, h or m, such as 30d."],
    )
    lateinit var age: String

    @Option(
        names = ["--archive"],
        paramLabel = "FILE",
        description = ["Where they are written before, as lines for perdure import; added to what is there."],
    )
    var archive: Path? = null

    @Mixin
    lateinit var store: StoreOption

    override fun call(): Int {
        val which = Purge.endedBefore(Instant.now() - parsed())
        val deleted = store.open().use { store -> RunPurge(store).use { purge(it, which) } }
        terminal.out.println(if (deleted == 1L) "1 run deleted" else "$deleted runs deleted")
        return ExitCode.DONE
    }

    private fun purge(
        runs: RunPurge,
        which: Purge,
    ): Long {
        val path = archive ?: return runs.carryOut(which, null)
        try {
            return FileChannel.open(path, CREATE, APPEND).use { file ->
                val lines = Channels.newWriter(file, Charsets.UTF_8).buffered()
                runs.carryOut(which, LinesArchive(lines) { file.force(true) })
            }
        } catch (failed: IOException) {
            throw UsageException("the archive $path cannot be written: ${reason(failed)}")
        }
    }

    private fun parsed(): Duration {
        val count = age.dropLast(1).toLongOrNull()?.takeIf { it in 0..MOST }
        return when (age.lastOrNull().takeIf { count != null }) {
            'd' -> Duration.ofDays(count!!)
            'h' -> Duration.ofHours(count!!)
            'm' -> Duration.ofMinutes(count!!)
            else -> throw UsageException("--older-than is \"$age\"; expected a number with d, h or m, such as 30d")
        }
    }

    private companion object {
        const val MOST = 1_000_000L
    }
}
