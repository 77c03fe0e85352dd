package dev.perdure.storage

import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.CrashPoint
import dev.perdure.core.engine.CrashingStore
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.JavaCodeAuthoring
import dev.perdure.core.engine.Nodes
import dev.perdure.core.engine.Seen
import dev.perdure.core.engine.passed
import dev.perdure.core.spi.Write
import dev.perdure.dsl.workflow
import org.jetbrains.exposed.v1.jdbc.insert
import java.time.Duration
import java.util.concurrent.CountDownLatch

/** How a golden store has a run. */
internal sealed interface Left {
    data object Ended : Left

    /** It waits at the node with this path. */
    class Waiting(
        val path: String,
    ) : Left

    /** Its process died just after the commit that [point] names. */
    class Crashed(
        val point: CrashPoint,
    ) : Left
}

/** A run of a golden store. Its id, its input and its workflow's name are the same. */
internal class GoldenRun(
    val workflow: Workflow<*, *>,
    val left: Left,
    val end: RunStatus,
    val output: Any?,
    val others: List<Workflow<*, *>> = emptyList(),
    val tell: (Engine) -> Unit = {},
) {
    val id: String = workflow.name()
}

/** Runs in every state that a process can leave them in. Each body tells [ran] its run and path, as `id:path`. */
internal class GoldenRuns(
    private val ran: (String) -> Unit = {},
) {
    private val effects = Effects("effects")

    /** What version 1 of the schema could hold. */
    val first: List<GoldenRun> =
        listOf(
            GoldenRun(flow("completed") { does("a") { this["n"] = 1 } }, Left.Ended, RunStatus.COMPLETED, "a"),
            GoldenRun(flow("failed") { does("a") { error("broken") } }, Left.Ended, RunStatus.FAILED, null),
            GoldenRun(flow("sequence") { abc() }, crashedAt("b"), RunStatus.COMPLETED, "c"),
            GoldenRun(flow("parallel") { block() }, crashedAt("block/left/a"), RunStatus.COMPLETED, listOf("a", "b")),
            GoldenRun(flow("loop") { loop() }, crashedAt("loop[1]/work"), RunStatus.COMPLETED, listOf(1L, 2L, 3L, 4L)),
            GoldenRun(flow("retry") { retry() }, crashedAt("flaky"), RunStatus.COMPLETED, "attempt 3"),
        )

    val all: List<GoldenRun> =
        first +
            listOf(
                GoldenRun(flow("until") { until() }, crashedAt("again[0]/add"), RunStatus.COMPLETED, 3L),
                GoldenRun(flow("choice") { choice() }, crashedAt("which/yes/a"), RunStatus.COMPLETED, "end"),
                GoldenRun(flow("signal") { signal() }, Left.Waiting("go"), RunStatus.COMPLETED, 7L, tell = ::go),
                GoldenRun(flow("asleep") { sleeping() }, Left.Waiting("night"), RunStatus.COMPLETED, "end"),
                GoldenRun(
                    flow("approval") { sign() },
                    Left.Waiting("sign"),
                    RunStatus.COMPLETED,
                    "yes",
                    tell = ::answer,
                ),
                calling(),
                GoldenRun(code(), crashedAt("two"), RunStatus.COMPLETED, listOf("one", "two", "three")),
                GoldenRun(flow("undoing") { saga() }, Left.Crashed(::isCompensation), RunStatus.COMPENSATED, null),
                GoldenRun(atomic(), Left.Waiting("go"), RunStatus.COMPLETED, "debited", tell = { goOn(it, "atomic") }),
            )

    private fun flow(
        name: String,
        content: Nodes.() -> Ref<*>,
    ) = JavaAuthoring.flow(name, content = content)

    private fun crashedAt(path: String) = Left.Crashed(CrashingStore.at(path))

    private fun isCompensation(batch: List<Write>) =
        batch.any { write -> write is Write.Append && write.rows().any { it.kind() == "compensation" } }

    private fun Nodes.does(
        name: String,
        attempts: Int = 1,
        undo: (Seen.(Any?) -> Unit)? = null,
        body: Seen.() -> Any? = {},
    ) = step(name, attempts, undo) {
        ran("$input:$path")
        body().takeUnless { it == Unit } ?: name
    }

    private fun Nodes.abc() = listOf("a", "b", "c").map { name -> does(name) { append("done", name) } }.last()

    private fun Nodes.block(): Ref<*> {
        parallel(
            "block",
            "left" to { does("a") { append("done", "a") } },
            "right" to { does("b") { append("done", "b") } },
        )
        return does("end") { this["done"] }
    }

    private fun Nodes.loop() =
        forEach("loop", { listOf(1, 2, 3, 4) }) { item -> does("work") { increment("sum", 1).let { read(item) } } }

    private fun Nodes.retry() =
        does("flaky", attempts = 3) {
            check(attempt > 1) { "not yet" }
            "attempt $attempt"
        }

    private fun Nodes.until(): Ref<*> {
        repeatUntil("again", most = 5, until = { this["n"] == 3L }) { does("add") { increment("n") } }
        return does("end") { this["n"] }
    }

    private fun Nodes.choice(): Ref<*> {
        choose("which", Triple("yes", { true }, { abc() }), Triple("no", null, { does("never") }))
        return does("end")
    }

    private fun Nodes.signal(): Ref<*> {
        does("before")
        val got = awaitSignal("go")
        return does("end") { read(got) }
    }

    private fun Nodes.sleeping(): Ref<*> {
        sleep("night", Duration.ofHours(8))
        return does("end")
    }

    private fun Nodes.sign(): Ref<*> {
        val answer = approval("sign", listOf("yes", "no")) { ApprovalRequest("Pay?", mapOf("invoice" to "4711")) }
        return does("end") { answer()!!.choice() }
    }

    private fun Nodes.saga(): Ref<*> {
        does("flight", undo = { ran("$input:undo flight") })
        does("hotel", undo = { ran("$input:undo hotel") })
        return does("pay") { error("no money") }
    }

    private fun calling(): GoldenRun {
        val child =
            flow("called") {
                val got = awaitSignal("go")
                does("end") { listOf("child", read(got)) }
            }
        val parent =
            flow("calling") {
                val got = call("call", "called") { input }
                does("end") { read(got) }
            }
        val end = listOf("child", 7L)
        return GoldenRun(parent, Left.Waiting("call"), RunStatus.COMPLETED, end, listOf(child)) { engine ->
            awaitStart(engine, "calling/call")
            goOn(engine, "calling/call")
        }
    }

    /** A child that its parent's process died before starting is started when the parent is taken up. */
    private fun awaitStart(
        engine: Engine,
        runId: String,
    ) {
        val started = CountDownLatch(1)
        engine.listen { if (it is EngineEvent.RunStarted && it.runId() == runId) started.countDown() }.use {
            if (engine.find(runId).isEmpty) started.passed()
        }
    }

    private fun code() =
        JavaCodeAuthoring.code("code") {
            listOf("one", "two", "three").map { name ->
                step(name) {
                    ran("code:$name")
                    name
                }
            }
        }

    private fun atomic() =
        workflow<String, String>("atomic") {
            atomic("debit") {
                ran("atomic:debit")
                effects.insert { it[label] = "debit" }
                "debited"
            }
            awaitSignal<Int>("go")
            step("end") { "debited" }
        }

    private fun go(engine: Engine) = goOn(engine, "signal")

    private fun goOn(
        engine: Engine,
        runId: String,
    ) {
        engine
            .find(runId)
            .get()
            .signal("go", 7, "golden")
            .get()
    }

    private fun answer(engine: Engine) {
        engine.answer("approval", Path.parse("sign"), "yes", "Ada", null).get()
    }
}
