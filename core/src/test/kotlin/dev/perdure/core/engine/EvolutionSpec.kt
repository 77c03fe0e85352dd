package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** An edit of a workflow that a run of the former text waits in: what a new engine makes of it. */
private class Edit(
    val what: String,
    val verdict: RunStatus,
    val content: Nodes.(Ledger) -> Ref<*>,
)

@JvmRecord
data class Invoice(
    val number: String,
    val cents: Long,
)

@JvmRecord
data class InvoiceWithNote(
    val number: String,
    val cents: Long,
    val note: String?,
)

@JvmRecord
data class InvoiceWithCount(
    val number: String,
    val cents: Long,
    val count: Int,
)

@JvmRecord
data class InvoiceNumber(
    val number: String,
)

@JvmRecord
data class InvoiceRenamed(
    val id: String,
    val cents: Long,
)

@JvmRecord
data class InvoiceInWords(
    val number: String,
    val cents: String,
)

@JvmRecord
data class InvoiceInBytes(
    val number: String,
    val cents: Byte,
)

@JvmRecord
data class InvoiceNested(
    val number: Map<String, String>,
    val cents: Long,
)

enum class Colour { RED, GREEN }

enum class FewerColours { GREEN }

enum class MoreColours { GREEN, BLUE, RED }

/** Definitions and classes are edited while a run waits: it goes on as it should, or stops and says why. */
class EvolutionSpec :
    FunSpec({
        fun Nodes.past(
            n: Ledger,
            vararg names: String,
        ) = names.forEach { name -> does(name) { n.ran(name) } }

        fun branch(
            n: Ledger,
            name: String,
        ): Nodes.() -> Unit = { does("work") { n.ran(name) } }

        fun Nodes.block(
            n: Ledger,
            vararg names: String,
        ) = parallel("setup", *names.map { name -> name to branch(n, name) }.toTypedArray())

        fun Nodes.rest(
            n: Ledger,
            wait: String = "go",
        ): Ref<*> {
            awaitSignal(wait, "go")
            return does("end") { n.ran("end") }
        }

        fun Nodes.all(n: Ledger): Ref<*> {
            past(n, "a", "b")
            block(n, "left", "right")
            return rest(n)
        }

        fun edited(
            what: String,
            past: List<String> = listOf("a", "b"),
            branches: List<String> = listOf("left", "right"),
            verdict: RunStatus = RunStatus.INCOMPATIBLE,
            end: Nodes.(Ledger) -> Ref<*> = { rest(it) },
        ) = Edit(what, verdict) { n ->
            past(n, *past.toTypedArray())
            if (branches.isNotEmpty()) block(n, *branches.toTypedArray())
            end(n)
        }

        fun Nodes.then(
            n: Ledger,
            name: String,
        ): Ref<*> = rest(n).let { does(name) { n.ran(name) } }

        val edits =
            listOf(
                edited("a step added before all", listOf("new", "a", "b")),
                edited("a step added between", listOf("a", "new", "b")),
                edited("a recorded step removed", listOf("a")),
                edited("a recorded step renamed", listOf("a", "c")),
                edited("recorded steps swapped", listOf("b", "a")),
                edited("a branch added to an ended block", branches = listOf("left", "right", "middle")),
                edited("a branch removed from an ended block", branches = listOf("left")),
                edited("a branch renamed", branches = listOf("left", "other")),
                edited("a block removed", branches = emptyList()),
                edited("the wait renamed") { rest(it, "other") },
                edited("a step added before the wait") { n ->
                    past(n, "new")
                    rest(n)
                },
                edited("a step added after the wait", verdict = RunStatus.COMPLETED) { then(it, "new") },
                edited("the step after the wait renamed", verdict = RunStatus.COMPLETED) { n ->
                    awaitSignal("go")
                    does("finish") { n.ran("finish") }
                },
                Edit("more attempts for a recorded step", RunStatus.COMPLETED) { n ->
                    does("a", attempts = 5) { n.ran("a") }
                    past(n, "b")
                    block(n, "left", "right")
                    rest(n)
                },
            )
        edits.forEach { edit ->
            test("definition: ${edit.what}: ${edit.verdict}") {
                val store = MemoryStore()
                val told = Suspensions()
                val before = Ledger()
                store.engine(JavaAuthoring.flow("edited") { all(before) }) { listener(told) }.use {
                    it.start("edited", "r", null)
                    told.await()
                }
                val journal = store.journal("r")
                val after = Ledger()
                store.engine(JavaAuthoring.flow("edited") { edit.content(this, after) }).use { engine ->
                    val run = engine.find("r").get()
                    run.signal("go", 1).get()
                    val ended = run.ended()
                    listOf("a", "b", "left", "right").forEach { after[it] shouldBe 0 }
                    ended.status() shouldBe edit.verdict
                    if (edit.verdict == RunStatus.INCOMPATIBLE) ended.failure().code() shouldBe ErrorCode.INCOMPATIBLE
                    run.journal().take(journal.size - 1) shouldBe journal.dropLast(1)
                }
            }
        }

        /** Blocks whose content ends with a step that another version has not. */
        val contents =
            listOf<Pair<String, Nodes.(Nodes.() -> Ref<*>) -> Unit>>(
                "clause" to { content -> choose("one", Triple("yes", { true }, { content() })) },
                "loop" to { content -> forEach("one", { listOf(1) }) { content() } },
                "repeated sequence" to { content -> repeatUntil("one", 1, { true }) { content() } },
                "branch" to { content -> parallel("one", "left" to { content() }, "right" to { does("other") }) },
            )
        contents.forEach { (what, block) ->
            test("definition: a step added at the end of a $what that has ended: INCOMPATIBLE, and it does not run") {
                val n = Ledger()

                fun flow(vararg names: String) =
                    JavaAuthoring.flow("edited") {
                        block { names.map { name -> does(name) { n.ran(name) } }.last() }
                        rest(n)
                    }
                val store = MemoryStore()
                val told = Suspensions()
                store.engine(flow("a")) { listener(told) }.use {
                    it.start("edited", "r", null)
                    told.await("go")
                }
                store.engine(flow("a", "new")).use { engine ->
                    val run = engine.find("r").get()
                    run.signal("go", 1).get()
                    val stopped = run.ended()
                    stopped.status() shouldBe RunStatus.INCOMPATIBLE
                    stopped.failure().message() shouldContain "new"
                }
                store.engine(flow("a")).use { it.find("r").get().output() shouldBe "end" }
                listOf(n["a"], n["new"], n["end"]) shouldBe listOf(1, 0, 1)
            }
        }

        fun <T : Any> paying(
            type: Class<T>,
            make: () -> Any,
        ) = Workflow.define("typed", Any::class.java, String::class.java) { w ->
            @Suppress("UNCHECKED_CAST")
            val paid = w.step("pay", type) { make() as T }
            w.awaitSignal("go", Any::class.java)
            w.step("show", String::class.java) { s -> s.get(paid).toString() }
        }
        val invoice = Invoice("4711", 1_999)
        listOf<Triple<Any, Class<*>, String?>>(
            Triple(invoice, InvoiceWithNote::class.java, InvoiceWithNote("4711", 1_999, null).toString()),
            Triple(invoice, InvoiceWithCount::class.java, null),
            Triple(invoice, InvoiceNumber::class.java, InvoiceNumber("4711").toString()),
            Triple(invoice, InvoiceRenamed::class.java, null),
            Triple(invoice, InvoiceInWords::class.java, InvoiceInWords("4711", "1999").toString()),
            Triple(invoice, InvoiceInBytes::class.java, null),
            Triple(invoice, InvoiceNested::class.java, null),
            Triple(Colour.RED, FewerColours::class.java, null),
            Triple(Colour.RED, MoreColours::class.java, "RED"),
        ).forEach { (value, type, shown) ->
            test("class: a recorded ${value::class.simpleName} read as ${type.simpleName}: ${shown ?: "BLOCKED"}") {
                val store = MemoryStore()
                val told = Suspensions()
                store.engine(paying(value.javaClass) { value }) { listener(told) }.use {
                    it.start("typed", "r", null)
                    told.await()
                }
                store.engine(paying(type) { error("ran again") }).use { engine ->
                    val run = engine.find("r").get()
                    run.signal("go", 1).get()
                    val ended = run.ended()
                    ended.output()?.let { Json.read(it) } shouldBe shown
                    if (shown == null) {
                        ended.status() shouldBe RunStatus.BLOCKED
                        ended.failure().code() shouldBe ErrorCode.NOT_DECODABLE
                        ended.failure().message() shouldContain "\"pay\""
                    }
                }
            }
        }
    })
