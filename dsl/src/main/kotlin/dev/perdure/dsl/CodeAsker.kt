package dev.perdure.dsl

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.StepFailedException
import dev.perdure.core.ValueType
import dev.perdure.core.definition.Answer
import dev.perdure.core.definition.Ask
import dev.perdure.core.definition.CodeContext
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.ValueTypes
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import java.util.concurrent.CompletableFuture
import kotlin.coroutines.resume
import kotlin.reflect.KType

/** What a step of workflow code is. */
@PublishedApi
internal class CodeStep<I, T>(
    val name: String,
    val output: KType,
    val options: StepOptions,
    val undo: (suspend StepScope<I>.(T) -> Unit)?,
    val body: suspend StepScope<I>.() -> T,
)

/** Asks a run on behalf of code in Kotlin, and suspends until it answers. Thread-safe. */
internal class CodeAsker<I>(
    val context: CodeContext,
    private val input: ValueType<I>,
    private val codec: KotlinxCodec,
) {
    /** What the code sees of its run besides. */
    val values: BodyValues<I> = BodyValues(context, input, codec)

    /** The value type of [type]; one that cannot be recorded is refused before anything runs. */
    @Suppress("UNCHECKED_CAST") // the codec makes a value type of the type that it was asked for
    fun <T> type(type: KType): ValueType<T> = codec.typeOf(type) as ValueType<T>

    /** The node of a step. */
    fun <T> node(
        step: CodeStep<I, T>,
        type: ValueType<T>,
    ): Step {
        val definition = definition()
        val retry = step.options.retry() ?: Retry.NONE
        val body = definition.stepBody(step.body)
        val plain = Step(step.name, body, type, retry, step.options.timeout(), step.options.isAtMostOnce, null)
        val undo = step.undo ?: return plain
        val undoing = definition.stepBody { undo(values.body.undone(type)) }
        return plain.compensatedBy(Step.of(Step.COMPENSATION, undoing, ValueTypes.NOTHING, Retry.NONE))
    }

    /** A body of code that a block of this code starts. */
    fun <T> body(code: suspend ProcedureScope<I>.() -> T): SuspendBody = procedureBody(input, codec, code)

    /** Has a node done that the graph's scopes describe. */
    suspend fun <T> wait(
        key: String?,
        describe: WorkflowScope<I>.() -> Ref<T>,
    ): T {
        val definition = definition()
        val nodes = NodeList(definition, Path.ROOT, 0, Retry.NONE)
        val output = definition.describing(nodes) { WorkflowScope(nodes).describe() }
        if (definition.problems.isNotEmpty()) throw DefinitionException(context.workflow(), definition.problems)
        val node =
            nodes.nodes.singleOrNull()
                ?: throw PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the code asks for ${nodes.nodes.size} nodes at once; describe one wait or call at a time",
                )
        return perform(node, key, output.type())
    }

    private fun definition() = Definition<I>(context.workflow(), codec) { this@CodeAsker.input }

    suspend fun <T> perform(
        node: Node,
        key: String?,
        type: ValueType<T>,
    ): T = decode(done(ask(Ask.Do(node.requireValid(context.workflow()), key))), type)

    fun <T> decode(
        done: Answer.Done,
        type: ValueType<T>,
    ): T = context.decode(done.path(), done.output(), type)

    /** Asks and waits for the answer. Code that is cancelled meanwhile gives up what it asked for, and that is recorded. */
    suspend fun ask(what: Ask): Answer {
        val asked = context.ask(what)
        try {
            return asked.answer().awaited()
        } catch (cancelled: CancellationException) {
            withContext(NonCancellable) { (if (what is Ask.Close) asked.answer() else asked.giveUp()).awaitEnd() }
            throw cancelled
        }
    }

    fun done(answer: Answer): Answer.Done = answer as? Answer.Done ?: throw thrown(answer)

    fun opened(answer: Answer): Path = (answer as? Answer.Opened ?: throw thrown(answer)).path()

    private fun thrown(answer: Answer): RuntimeException =
        when (answer) {
            is Answer.Failed -> StepFailedException(context.runId(), answer.path(), answer.failure())
            is Answer.Cancelled -> CancellationException("\"${answer.path()}\" was cancelled")
            is Answer.Refused -> PerdureException(answer.code(), answer.why(), context.runId(), answer.path(), null)
            is Answer.Gone -> CancellationException("run \"${context.runId()}\" is let go")
            is Answer.Done, is Answer.Opened -> IllegalStateException("not an answer to this: $answer")
        }

    private suspend fun CompletableFuture<Answer>.awaited(): Answer =
        suspendCancellableCoroutine { waiting -> whenComplete { value, _ -> waiting.resume(value) } }

    private suspend fun CompletableFuture<*>.awaitEnd(): Unit =
        suspendCancellableCoroutine { waiting -> whenComplete { _, _ -> waiting.resume(Unit) } }
}
