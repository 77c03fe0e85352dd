package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.CodeContext
import dev.perdure.core.spi.BodyScope
import dev.perdure.core.spi.BodyScopes
import dev.perdure.core.spi.BodyTask
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableJob
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asExecutor
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executor
import java.util.concurrent.Semaphore
import java.util.function.Consumer
import kotlin.coroutines.ContinuationInterceptor
import kotlin.coroutines.CoroutineContext

/**
 * Runs Kotlin bodies as coroutines: a run is a job, a parallel block a child of it, a step a coroutine in that. Cancellation
 * and context elements flow down; a body has ended when the coroutines that it launched have.
 *
 * An engine finds it on the class path. Give it one of its own for another dispatcher, or for elements that all bodies see:
 *
 * ```
 * store.engine(onboarding) { bodyScopes(CoroutineBodyScopes(Dispatchers.IO + TraceElement("app"))) }
 * ```
 *
 * Suspended bodies hold no thread. Bodies carry `perdure.run`, `perdure.path` and `perdure.attempt` in the logging context
 * (MDC), beside what an `MDCContext` in [context] has. Thread-safe; a scope is called by one thread at a time.
 *
 * @param context the dispatcher, which must not run bodies in place, and further elements; a job in it is ignored
 * @throws IllegalArgumentException for [Dispatchers.Unconfined]
 */
public class CoroutineBodyScopes(context: CoroutineContext = Dispatchers.Default) : BodyScopes {
    /** The runs' own jobs. They have no parent, so that workflow code which is forgotten is held by nothing. */
    private val runs: MutableSet<Job> = ConcurrentHashMap.newKeySet()
    private val context: CoroutineContext

    init {
        require(context[ContinuationInterceptor] !== Dispatchers.Unconfined) {
            "Dispatchers.Unconfined would run bodies on the engine's own threads; give a dispatcher that has threads"
        }
        val dispatched = if (context[ContinuationInterceptor] == null) context + Dispatchers.Default else context
        this.context = dispatched.minusKey(Job)
    }

    /** How many of the engine's threads may run bodies. The others see to it that a body which blocks holds nobody up. */
    private val lent = Semaphore(if (this.context[ContinuationInterceptor] === Dispatchers.Default) THREADS else 0)
    private val engine = Dispatchers.IO.limitedParallelism(2 * THREADS).asExecutor()

    /** The threads of [Dispatchers.IO], which the default dispatcher's are of too: from a body to the engine is no way. */
    override fun executor(): Executor = engine

    override fun supports(bodyType: Class<out Body>): Boolean = SuspendBody::class.java.isAssignableFrom(bodyType)

    override fun open(
        runId: String,
        workflow: String,
    ): BodyScope = JobScope(SupervisorJob().also { runs += it }, workflow)

    /** Cancels what still runs. */
    override fun close() {
        runs.forEach { it.cancel(CancellationException("the engine was closed")) }
    }

    private companion object {
        val THREADS = maxOf(2, Runtime.getRuntime().availableProcessors())
    }

    /** A run, or a block of it. */
    private inner class JobScope(private val job: CompletableJob, private val name: String) : BodyScope {
        override fun nested(path: Path): BodyScope = JobScope(SupervisorJob(job), name)

        override fun launch(task: BodyTask): BodyScope.RunningBody {
            val body = CoroutineBody(task)
            return when (task.context()) {
                is CodeContext -> RunningCode(body, body.launchIn(context + name(task)), Job(job))
                else -> RunningStep(body.launchIn(contextOf(task)))
            }
        }

        private fun contextOf(task: BodyTask) = context + job + name(task)

        private fun name(task: BodyTask) = CoroutineName("$name/${task.context().path()}")

        override fun run(
            task: BodyTask,
            begun: Consumer<BodyScope.RunningBody>,
        ): Boolean {
            if (!lent.tryAcquire()) {
                return false
            }
            try {
                CoroutineBody(task).runIn(contextOf(task)) { begun.accept(RunningStep(it)) }
            } finally {
                lent.release()
            }
            return true
        }

        override fun cancel() {
            job.cancel(CancellationException("the engine cancelled the run or block"))
        }

        /** Completes when the last body has ended, its own or one of a nested scope; cancels nothing. */
        override fun close() {
            complete(job)
            runs -= job
        }
    }

    private class RunningStep(private val job: Job) : BodyScope.RunningBody {
        override fun cancel() = job.cancel(CancellationException("the engine cancelled the step"))
    }

    /** Workflow code: it ends with its scope, to which it is [tied], until it is forgotten. */
    private class RunningCode(private val body: CoroutineBody, private val job: Job, private val tied: CompletableJob) :
        BodyScope.RunningBody {
        init {
            tied.invokeOnCompletion { cause -> if (cause != null) cancel() }
            job.invokeOnCompletion { tied.complete() }
        }

        override fun cancel() = job.cancel(CancellationException("the engine cancelled the workflow's code"))

        override fun mayLeave(): Boolean = !body.hasOwn()

        /** A suspended coroutine that nothing refers to is garbage. */
        override fun forget(): Boolean = mayLeave() && tied.complete()
    }

    /** A block of a run that failed may never be closed itself; its job must not keep the run's for ever. */
    private fun complete(scope: CompletableJob) {
        scope.children.filterIsInstance<CompletableJob>().forEach(::complete)
        scope.complete()
    }
}
