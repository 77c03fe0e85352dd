package dev.perdure.core.engine

import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.util.jar.JarEntry
import java.util.jar.JarOutputStream
import kotlin.io.path.invariantSeparatorsPathString

/** How a child JVM is started: to be fast at its start rather than later. Immutable. */
class ChildJvm private constructor(
    private val classPath: String,
    private val options: List<String>,
    private val prefix: List<String> = emptyList(),
) {
    fun command(): List<String> = prefix + JAVA + FAST + options + listOf("-cp", classPath)

    /** The same, started by another command that stands before its own. */
    fun after(command: List<String>) = ChildJvm(classPath, options, command)

    companion object {
        private val JAVA: String =
            ProcessHandle
                .current()
                .info()
                .command()
                .get()

        private val FAST = listOf("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")

        fun plain(vararg options: String) = ChildJvm(classPath(), options.toList())

        /**
         * For many children that do alike: they share the classes that one child loaded, and start in about half the
         * time. That child runs [main] with these [arguments], and has to end by itself.
         */
        fun warmed(
            directory: Path,
            main: Class<*>,
            vararg arguments: Any,
        ): ChildJvm {
            val archive = directory.resolve("classes.jsa")
            // An empty entry would be the directory that the tests run in, with the archive in it.
            val entries = classPath().split(File.pathSeparator).filter { it.isNotEmpty() }
            val jars = entries.mapNotNull { asJar(Path.of(it), directory) }
            val classPath = jars.joinToString(File.pathSeparator)
            val first = ChildJvm(classPath, listOf("-XX:ArchiveClassesAtExit=$archive", "-Xlog:disable"))
            check(ChildProcess.start(first, directory, main, *arguments).awaitExit() == 0) { "the first child failed" }
            return ChildJvm(classPath, listOf("-XX:SharedArchiveFile=$archive"))
        }

        /** Classes in directories cannot be shared. Null where there is nothing. */
        private fun asJar(
            entry: Path,
            directory: Path,
        ): Path? {
            if (!Files.isDirectory(entry)) return entry.takeIf { Files.exists(it) }
            val jar = Files.createTempFile(directory, "classes", ".jar")
            JarOutputStream(Files.newOutputStream(jar)).use { out ->
                out.setLevel(0)
                Files.walk(entry).use { files ->
                    files.filter { Files.isRegularFile(it) }.forEach { file ->
                        out.putNextEntry(JarEntry(entry.relativize(file).invariantSeparatorsPathString))
                        Files.copy(file, out)
                        out.closeEntry()
                    }
                }
            }
            return jar
        }
    }
}
