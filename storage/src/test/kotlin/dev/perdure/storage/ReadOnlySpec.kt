package dev.perdure.storage

import dev.perdure.core.engine.ChildJvm
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.TimeUnit.SECONDS

/** Opens a store and prints what it is told: `<store>`. */
internal object Opener {
    @JvmStatic
    fun main(arguments: Array<String>) {
        try {
            SqliteStore.open(Path.of(arguments[0])).use { println("opened") }
        } catch (refused: StoreException) {
            println("${refused.code()}, transient ${refused.isTransient}: ${refused.message}")
        }
    }
}

/**
 * A store where nothing can be written. Rights do not keep root from writing; for root, the directory is mounted read-only,
 * which only the child process sees.
 */
class ReadOnlySpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val isRoot = System.getProperty("user.name") == "root"

        fun openReadOnly(file: Path): String {
            val mounted = file.parent
            val mount = "mount --bind '$mounted' '$mounted' && mount -o remount,ro,bind '$mounted' && exec \"$@\""
            val prefix = if (isRoot) listOf("unshare", "-m", "sh", "-c", mount, "sh") else emptyList()
            val java = ChildJvm.plain("-Djava.io.tmpdir=${directory.path}").command()
            val process =
                ProcessBuilder(
                    prefix + java + Opener::class.java.name + "$file",
                ).redirectErrorStream(true).start()
            val said = process.inputReader().readText()
            check(process.waitFor(60, SECONDS)) { "it does not end" }
            return said
        }

        test("a store in a directory where nothing can be written is refused in words, and left as it is") {
            val place = Files.createDirectory(directory.path.resolve("read-only"))
            val file = place.resolve("app.db")
            SqliteStore.open(file).use { it.commit(it.acquire(engine("e")), listOf(Write.StartRun(run("r")))) }
            val before = Files.readAllBytes(file)
            Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("r-xr-xr-x"))
            try {
                val said = openReadOnly(file)
                said shouldContain "STORE_UNAVAILABLE"
                said shouldContain "$file"
            } finally {
                Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxr-xr-x"))
            }
            Files.readAllBytes(file) shouldBe before
            SqliteStore.open(file).use { it.find("r").get() shouldBe run("r") }
            Files.list(place).use { files -> files.map { "${it.fileName}" }.sorted().toList() } shouldContainExactly
                listOf("app.db", "app.db.lock")
        }
    })
