package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe

class ManyItemsSpec :
    FunSpec({
        val subject = Subject({ MemoryStore().let { store -> Stores { store } } }, JavaAuthoring, false)

        test("a loop over 100,000 items, 64 at once, yields their results in order, over a crash in its middle") {
            val items = (1L..100_000L).toList()
            val n = Ledger()
            val workflow =
                subject.flow {
                    forEach("loop", { items }, concurrency = 64) { item ->
                        step("double") {
                            n.ran("double")
                            increment("sum", (read(item) as Number).toLong())
                            (read(item) as Number).toLong() * 2
                        }
                    }
                }
            val stores = subject.newStores()
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("loop[50000]/double"))
            crashing.engine(workflow).use {
                it.start("case", "r", null)
                crashing.awaitCrash(60)
            }
            val recorded = stores.open().journal("r").count { it.kind() == "step" }
            stores.open().engine(workflow).use { engine ->
                val run = engine.start("case", "r", null)
                (run.output() as List<*>).map { (it as Number).toLong() } shouldContainExactly items.map { it * 2 }
                run.context()["sum"] shouldBe items.sum()
                // What was recorded before the crash ran once; at most the window ran twice.
                (n["double"] <= 100_000 + 64 && recorded > 50_000 - 64) shouldBe true
            }
        }

        test("items that write different values to one key leave few warnings, and the last item's value") {
            subject.run(
                content = {
                    forEach("loop", { (1..200).toList() }, concurrency = 200) { item ->
                        step("write") { this["key"] = read(item) }
                    }
                },
            ) { run ->
                (run.endsCompleted().context()["key"] as Number).toInt() shouldBe 200
                run.journal().count { it.kind() == "warning" } shouldBe 11
            }
        }
    })
