package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.engine.classPath
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.lang.reflect.InvocationTargetException
import java.net.URLClassLoader
import java.nio.file.Files
import java.nio.file.Path

class SqliteOwnerSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        fun refusedAt(path: Path) {
            SqliteStore.open(path).use { second ->
                val thrown = shouldThrow<StoreException> { second.acquire(engine("second")) }
                thrown.code() shouldBe ErrorCode.STORE_IN_USE
                thrown.message shouldContain "in use by pid ${ProcessHandle.current().pid()} on host localhost since "
                second.list(RunQuery.all()).map { it.id() } shouldBe listOf("r")
            }
        }

        fun held(test: (Path) -> Unit) {
            val file = directory.newFile()
            SqliteStore.open(file).use { store ->
                val lease = store.acquire(engine("first"))
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                test(file)
                store.commit(lease, listOf(Write.StartRun(run("s"))))
            }
        }

        test("a second engine is refused, and told who holds the store; reading still works") {
            held { refusedAt(it) }
        }

        test("a second engine is refused through a link and through dots") {
            held {
                val link = directory.path.resolve("link-to-${it.fileName}")
                Files.createSymbolicLink(link, it)
                refusedAt(link)
                refusedAt(it.resolveSibling("../${directory.path.fileName}/./${it.fileName}"))
            }
        }

        test("a file with a second name is refused to engines") {
            val file = directory.newFile()
            SqliteStore.open(file).use { store ->
                Files.createLink(directory.newFile(), file)
                val thrown = shouldThrow<StoreException> { store.acquire(engine("e")) }
                thrown.message shouldContain "2 names (hard links)"
            }
        }

        test("one store gives one lease at a time") {
            SqliteStore.open(directory.newFile()).use { store ->
                store.acquire(engine("e"))
                shouldThrow<StoreException> { store.acquire(engine("f")) }.code() shouldBe ErrorCode.STORE_IN_USE
            }
        }

        test("the store is free again once it is released or closed") {
            val file = directory.newFile()
            SqliteStore.open(file).use { first ->
                SqliteStore.open(file).use { second ->
                    val before = first.acquire(engine("first"))
                    first.release(before)
                    val after = second.acquire(engine("second"))
                    after.epoch() shouldBeGreaterThan before.epoch()
                }
                first.acquire(engine("first"))
            }
        }

        test("of leases that are over, the last thousand are remembered") {
            val file = directory.newFile()
            SqliteStore.open(file).use { it.release(it.acquire(engine("e"))) }
            val columns = "engine_id, process_id, host, acquired_at, released_at"
            listOf(2, 3, 1001).forEach {
                execute(file, "INSERT INTO engines (epoch, $columns) SELECT $it, $columns FROM engines WHERE epoch = 1")
            }
            SqliteStore.open(file).use { it.acquire(engine("f")).epoch() shouldBe 1002 }
            query(file, "SELECT epoch FROM engines ORDER BY epoch") shouldBe listOf("3", "1001", "1002")
        }

        test("a lock file that a dead process left does not matter") {
            val file = directory.newFile()
            Files.writeString(file.resolveSibling("${file.fileName}.lock"), "pid 1 on host gone since 1970")
            SqliteStore.open(file).use { it.acquire(engine("e")) }
        }

        test("a store stays held when an application has cleared the system properties") {
            held { file ->
                val held =
                    System.getProperties().stringPropertyNames().filter {
                        it.startsWith(
                            "dev.perdure.storage.held",
                        )
                    }
                val before = held.associateWith { System.clearProperty(it) }
                SqliteStore.open(file).use { second ->
                    repeat(2) {
                        val thrown = shouldThrow<StoreException> { second.acquire(engine("second")) }
                        thrown.message shouldContain "in use by this process"
                    }
                }
                before.forEach { (name, value) -> System.setProperty(name, value) }
            }
        }

        test("another class loader's copy of SQLite is kept from the file") {
            held { file ->
                val urls = classPath().split(java.io.File.pathSeparator).map { Path.of(it).toUri().toURL() }
                URLClassLoader(urls.toTypedArray(), ClassLoader.getPlatformClassLoader()).use { loader ->
                    val open = loader.loadClass(SqliteStore::class.java.name).getMethod("open", Path::class.java)
                    val thrown = shouldThrow<InvocationTargetException> { open.invoke(null, file) }
                    thrown.targetException.message shouldContain "another class loader's copy of SQLite"
                }
            }
        }

        test("Exposed's default database stays the application's own") {
            val own =
                org.jetbrains.exposed.v1.jdbc.Database
                    .connect("jdbc:sqlite:${directory.newFile()}")
            try {
                SqliteStore.open(directory.newFile()).use { it.find("r") }
                val store = SqliteStore.open(directory.newFile())
                org.jetbrains.exposed.v1.jdbc.transactions.TransactionManager.primaryDatabase shouldBe own
                store.close()
            } finally {
                org.jetbrains.exposed.v1.jdbc.transactions.TransactionManager
                    .closeAndUnregister(own)
            }
        }
    })
