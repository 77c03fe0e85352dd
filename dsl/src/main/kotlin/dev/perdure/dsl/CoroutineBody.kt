package dev.perdure.dsl

import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.spi.BodyTask
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.isActive
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runInterruptible
import kotlinx.coroutines.slf4j.MDCContext
import kotlin.coroutines.CoroutineContext

/**
 * One body as a coroutine, from its launch to its one report, which is made after the coroutine has ended.
 *
 * The coroutine's own job is cancelled by the engine only: children of it are all inside a `coroutineScope` that keeps their
 * failures, and its parents are supervisors. So a body that throws while that job is active has failed, whatever it threw.
 */
internal class CoroutineBody(private val task: BodyTask) {
    /** Everything that the body starts itself is below this. */
    @Volatile
    private var own: Job? = null
    private var outcome: () -> Unit = task::cancelled

    /** Never runs anything on the calling thread: even a body that is cancelled before it starts is dispatched to report so. */
    @OptIn(DelicateCoroutinesApi::class)
    fun launchIn(context: CoroutineContext): Job = launch(context, CoroutineStart.ATOMIC) {}

    /** Runs on the calling thread until the body ends or suspends. */
    fun runIn(
        context: CoroutineContext,
        begun: (Job) -> Unit,
    ) {
        launch(context, CoroutineStart.UNDISPATCHED, begun)
    }

    private fun launch(
        context: CoroutineContext,
        start: CoroutineStart,
        begun: (Job) -> Unit,
    ): Job {
        val logging = context[MDCContext]?.contextMap.orEmpty() + task.loggingContext()
        val job =
            CoroutineScope(context).launch(MDCContext(logging), start) {
                begun(coroutineContext.job)
                outcome = run()
            }
        job.invokeOnCompletion { outcome() }
        return job
    }

    /** Whether the body has coroutines of its own, timeouts and scopes included. */
    fun hasOwn(): Boolean = own?.children?.any { it.isActive } ?: true

    /** A body that blocks, be it of an atomic step, is on a thread that may, and cancelling it interrupts that. */
    private suspend fun value(): kotlin.Any? {
        val body = task.body()
        return if (body is BlockingBody) {
            runInterruptible(Dispatchers.IO) { body.run(task.context()) }
        } else {
            (body as SuspendBody).run(task.context())
        }
    }

    private suspend fun CoroutineScope.run(): () -> Unit {
        var returned: (() -> Unit)? = null
        return try {
            coroutineScope {
                own = coroutineContext.job
                ensureActive()
                val value = value()
                val completed = { task.completed(value) }
                returned = completed.takeIf { coroutineContext.job.children.none() }
                completed
            }
        } catch (thrown: Throwable) {
            // whatever a body throws is its step's failure
            if (isActive) ({ task.failed(thrown) }) else returned ?: task::cancelled
        }
    }
}
