package dev.perdure.storage

import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.output
import dev.perdure.core.engine.passed
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.transfer.RunExport
import dev.perdure.core.transfer.RunImport
import dev.perdure.dsl.engine
import dev.perdure.dsl.workflow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** Runs go from a file to a server and back, and go on there. */
class MovedRunsSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        test("suspended and finished runs move from SQLite to PostgreSQL and back, and resume where they are") {
            val ran = AtomicInteger()
            val staged =
                workflow<Int, Int>("staged") {
                    val first = step("first") { input.also { ran.incrementAndGet() } }
                    awaitSignal<String>("one")
                    val second = step("second") { (first() * 10).also { ran.incrementAndGet() } }
                    awaitSignal<String>("two")
                    step("third") { (second() + 1).also { ran.incrementAndGet() } }
                }
            val quick = workflow<Int, Int>("quick") { step("only") { input } }

            /** Closing the engine does not end a step that runs: its result is recorded. */
            fun Store.working(act: (Engine) -> Unit) =
                engine(staged, quick).use { engine ->
                    act(engine)
                    engine.find("done").get().output() shouldBe 7L
                }

            fun Engine.send(
                name: String,
                next: String?,
            ) {
                val run = find("moved").get()
                val waits = CountDownLatch(1)
                listen { if (it is EngineEvent.RunSuspended && it.runId() == "moved") waits.countDown() }.use {
                    run.signal(name, "go").get(10, TimeUnit.SECONDS)
                    if (next != null) waits.passed()
                }
            }

            val files = listOf(directory.newFile(), directory.newFile())
            val schema = PostgresServer.newSchema()

            fun exported(store: Store): List<String> =
                store.use { from ->
                    buildList { RunExport(from, ::add).let { lines -> from.ids(RunQuery.all()).forEach(lines::write) } }
                }

            fun import(
                store: Store,
                lines: List<String>,
            ) = store.use { to -> RunImport(to).use { it.read(lines.stream()) {} } }

            SqliteStore.open(files[0]).working { engine ->
                engine.start("quick", "done", 7).output()
                val waits = CountDownLatch(1)
                engine.listen { if (it is EngineEvent.RunSuspended) waits.countDown() }
                engine.start("staged", "moved", 4)
                waits.passed()
            }
            val out = exported(SqliteStore.open(files[0]))
            import(PostgresServer.open(schema), out)
            exported(PostgresServer.open(schema)).shouldContainExactly(out)
            PostgresServer.open(schema).working { it.send("one", "two") }
            val back = exported(PostgresServer.open(schema))
            import(SqliteStore.open(files[1]), back)
            exported(SqliteStore.open(files[1])).shouldContainExactly(back)
            SqliteStore.open(files[1]).working { engine ->
                engine.send("two", null)
                engine.find("moved").get().output() shouldBe 41L
            }
            ran.get() shouldBe 3
        }
    })
