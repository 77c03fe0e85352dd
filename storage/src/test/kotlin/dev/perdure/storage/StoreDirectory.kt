package dev.perdure.storage

import io.kotest.core.spec.Spec
import io.kotest.engine.spec.tempdir
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger

/** Paths for the databases of one spec, deleted with it. */
internal class StoreDirectory(
    spec: Spec,
) {
    val path: Path = spec.tempdir().toPath().toRealPath()
    private val count = AtomicInteger()

    fun newFile(): Path = path.resolve("store-${count.incrementAndGet()}.db")
}

/** A new directory in memory where the system has a place for that, else below [otherwise]. */
internal fun fastDirectory(otherwise: Path): Path {
    val memory = Path.of("/dev/shm")
    val parent = if (Files.isDirectory(memory) && Files.isWritable(memory)) memory else otherwise
    return Files.createTempDirectory(parent, "perdure-")
}
