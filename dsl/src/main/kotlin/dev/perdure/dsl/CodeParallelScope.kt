package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.StepFailedException
import dev.perdure.core.ValueType
import dev.perdure.core.definition.Answer
import dev.perdure.core.definition.Ask
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Procedure
import dev.perdure.core.definition.Retry
import kotlin.reflect.KType
import kotlin.reflect.typeOf
import kotlin.time.Duration

/**
 * The branches of a parallel block of workflow code; see [ProcedureScope.parallel].
 *
 * @param I the type of the workflow's input
 */
@PerdureDsl
public class CodeParallelScope<I> internal constructor(private val asker: CodeAsker<I>, private val path: Path) {
    private val branches = mutableListOf<AsyncBranch<*>>()

    /** Starts a branch that is one step; the parameters are those of [ProcedureScope.step]. */
    public suspend inline fun <reified T> step(
        name: String,
        retry: Retry = Retry.NONE,
        timeout: Duration? = null,
        atMostOnce: Boolean = false,
        noinline compensate: (suspend StepScope<I>.(output: T) -> Unit)? = null,
        noinline body: suspend StepScope<I>.() -> T,
    ): AsyncBranch<T> = start(CodeStep(name, typeOf<T>(), stepOptions(retry, timeout, atMostOnce), compensate, body))

    /**
     * Starts a branch that is code of its own, with steps that are remembered in the branch. It is a coroutine of the engine's:
     * context elements of the code around it are not its own.
     */
    public suspend inline fun <reified T> async(
        name: String,
        noinline code: suspend ProcedureScope<I>.() -> T,
    ): AsyncBranch<T> = start(name, typeOf<T>(), code)

    @PublishedApi
    internal suspend fun <T> start(step: CodeStep<I, T>): AsyncBranch<T> {
        val type: ValueType<T> = asker.type(step.output)
        return submit(asker.node(step, type), type)
    }

    @PublishedApi
    internal suspend fun <T> start(
        name: String,
        output: KType,
        code: suspend ProcedureScope<I>.() -> T,
    ): AsyncBranch<T> {
        val type: ValueType<T> = asker.type(output)
        return submit(Procedure.of(name, asker.body(code), type), type)
    }

    private suspend fun <T> submit(
        node: Node,
        type: ValueType<T>,
    ): AsyncBranch<T> {
        val branch = asker.opened(asker.ask(Ask.Submit(path, node.requireValid(asker.context.workflow()))))
        return AsyncBranch(asker, path, branch, type).also { branches += it }
    }

    /** Waits for all branches, and keeps what came of each for after the block. */
    internal suspend fun join(isFailing: Boolean) {
        val all = asker.ask(Ask.Await(path, null))
        if (isFailing || all !is Answer.Failed) asker.done(all)
        branches.forEach { it.settle() }
    }
}

/**
 * A branch of a parallel block of workflow code.
 *
 * @param T what it yields
 */
public class AsyncBranch<out T> internal constructor(
    private val asker: CodeAsker<*>,
    private val block: Path,
    /** The branch's path in the run. */
    public val path: Path,
    private val type: ValueType<out T>,
) {
    private var answer: Answer? = null

    /**
     * Waits for the branch and gives what it yielded. Code that gives up waiting, in a `withTimeout`, cancels the branch.
     *
     * @throws StepFailedException when it failed
     */
    public suspend fun await(): T = asker.decode(asker.done(settle()), type)

    internal suspend fun settle(): Answer = answer ?: asker.ask(Ask.Await(block, path)).also { answer = it }
}

/** What both branches yielded. */
public suspend fun <A, B> Pair<AsyncBranch<A>, AsyncBranch<B>>.awaitBoth(): Pair<A, B> = first.await() to second.await()

/** What all branches yielded, in order. */
public suspend fun <T> Iterable<AsyncBranch<T>>.awaitAll(): List<T> = map { it.await() }
