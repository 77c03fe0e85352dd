package dev.perdure.core.spi

import dev.perdure.core.Failure
import dev.perdure.core.Path
import dev.perdure.core.ValueType
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.BranchResult
import dev.perdure.core.journal.Change
import kotlinx.coroutines.CompletableDeferred
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.reflect.KClass

/** One body, and how it ended: every report that it got. */
class TestTask(
    private val body: Body,
    private val path: String = "step",
    private val hasTimeout: Boolean = false,
    private val onEnd: () -> Unit = {},
) : BodyTask {
    val outcomes = CopyOnWriteArrayList<Outcome>()
    private val end = CompletableDeferred<Outcome>()

    suspend fun ended(): Outcome = end.await()

    override fun body(): Body = body

    override fun context(): BodyContext = TestContext(Path.parse(path))

    override fun hasTimeout(): Boolean = hasTimeout

    override fun loggingContext(): Map<String, String> = mapOf("perdure.run" to "run", "perdure.path" to path)

    override fun completed(value: Any?) = report(Completed(value))

    override fun failed(thrown: Throwable) = report(Failed(thrown::class))

    override fun cancelled() = report(Cancelled)

    private fun report(outcome: Outcome) {
        outcomes += outcome
        onEnd()
        end.complete(outcome)
    }

    sealed interface Outcome

    data class Completed(val value: Any?) : Outcome

    data class Failed(val type: KClass<out Throwable>) : Outcome

    data object Cancelled : Outcome
}

/** A context that shows nothing but where it is. */
class TestContext(private val path: Path) : BodyContext {
    override fun runId(): String = "run"

    override fun workflow(): String = "flow"

    override fun path(): Path = path

    override fun attempt(): Int = 1

    override fun idempotencyKey(): String = "run/$path"

    override fun input(): Any? = null

    override fun <T> output(
        node: Path,
        type: ValueType<T>,
    ): T = error("no output")

    override fun <T> undone(type: ValueType<T>): T = error("undoes nothing")

    override fun hasOutput(node: Path): Boolean = false

    override fun failure(node: Path): Failure? = null

    override fun has(key: String): Boolean = false

    override fun get(key: String): Any? = null

    override fun change(
        key: String,
        change: Change,
    ) = Unit

    override fun warn(message: String) = Unit

    override fun branches(): List<BranchResult> = emptyList()

    override fun token(): String? = null

    override fun isCancelled(): Boolean = false

    override fun isOwnershipLost(): Boolean = false
}
