package dev.perdure.dsl.json

import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.EngineBuilder
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.Run
import dev.perdure.core.engine.StoreMode
import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.rows
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.withTimeout
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.seconds

/** What the suites of the JSON format are run with: a store, and whether every wait is spent out of memory. */
class JsonSubject(
    newStores: () -> Stores,
    isAlwaysSuspended: Boolean = false,
) : StoreMode(newStores, isAlwaysSuspended) {
    /** Starts a run `r` on a store of its own and shows it. */
    fun run(
        workflow: Workflow<*, *>,
        input: Any? = null,
        configure: EngineBuilder.() -> Unit = {},
        check: (Run) -> Unit,
    ) = engine(newStores(), workflow, configure = configure).use { check(it.start(workflow.name(), "r", input)) }

    /** Runs `r` until it fails, retries it on another engine and shows it there. */
    fun retried(
        workflow: Workflow<*, *>,
        input: Any? = null,
        failed: (Run) -> Unit = {},
        check: (Run) -> Unit,
    ) {
        val stores = newStores()
        engine(stores, workflow).use { engine ->
            val run = engine.start(workflow.name(), "r", input)
            run.ended()
            failed(run)
        }
        engine(stores, workflow).use { engine ->
            val run = engine.find("r").get()
            run.retry().get()
            check(run)
        }
    }
}

/** What a node yielded, in plain data. */
fun Run.recorded(path: String): Any? = Json.read(checkNotNull(rows(path).last().output()) { "\"$path\" has no output" })

/** Why a node's last attempt failed. */
fun Run.failureOf(path: String): Failure = Failure.fromPlain(Json.read(checkNotNull(rows(path).last().error())))

/** What agents do that nothing else is wanted of. */
val OK: Map<String, Any?> = mapOf("result" to "ok")

/** Agents that count how often they run; those of [ok] do nothing else. */
fun Ledger.cast(
    vararg ok: String,
    others: AgentsScope.() -> Unit = {},
): Agents {
    val ledger = this
    return agents {
        ok.forEach { counted(ledger, it) { OK } }
        others()
    }
}

/** An agent that counts how often it runs, and is told. */
fun AgentsScope.counted(
    ledger: Ledger,
    name: String,
    body: suspend AgentScope.(Call) -> Any?,
) = agent(name) { input -> body(Call(input, ledger.ran(name))) }

/** One call of a [counted] agent, the [times]th of all. */
class Call(
    val input: Map<String, Any?>,
    val times: Int,
) {
    operator fun get(name: String): Any? = input[name]
}

/** Opens once [wanted] have come, and says how many were there at once at most. */
class Gauge(private val wanted: Int) {
    private val isOpen = CompletableDeferred<Unit>()
    private val come = AtomicInteger()
    private val there = AtomicInteger()
    private val most = AtomicInteger()

    val peak: Int get() = most.get()

    suspend fun <T> pass(block: suspend () -> T): T {
        most.accumulateAndGet(there.incrementAndGet(), Math::max)
        if (come.incrementAndGet() == wanted) isOpen.complete(Unit)
        isOpen.opened()
        return block().also { there.decrementAndGet() }
    }
}

suspend fun CompletableDeferred<Unit>.opened() = withTimeout(10.seconds) { await() }
