package dev.perdure.storage

import java.io.IOException
import java.nio.file.Path
import java.util.concurrent.TimeUnit.SECONDS

/** Mounts that only a child process sees, and what it starts: they are gone when it is. */
internal object PrivateMount {
    /** As root, or as somebody who may be root among processes of his own; null for neither. */
    private val unshare: List<String>? by lazy {
        listOf(listOf("unshare", "-m"), listOf("unshare", "-r", "-m")).firstOrNull { canMount(it) }
    }

    val isPossible: Boolean get() = unshare != null

    /** What is to stand before a command that is to find a new file system of so many bytes at [place]. */
    fun fileSystem(
        place: Path,
        bytes: Long,
    ): List<String> = checkNotNull(unshare) { "nothing can be mounted here" } + mounting(place, bytes)

    private fun mounting(
        place: Path,
        bytes: Long,
    ) = listOf("sh", "-c", "mount -t tmpfs -o size=$bytes tmpfs '$place' && exec \"$@\"", "sh")

    private fun canMount(unshare: List<String>): Boolean =
        try {
            val anywhere = Path.of(System.getProperty("java.io.tmpdir"))
            val trial = ProcessBuilder(unshare + mounting(anywhere, 1L shl 20) + "true").start()
            trial.waitFor(30, SECONDS) && trial.exitValue() == 0
        } catch (_: IOException) {
            false
        }
}
