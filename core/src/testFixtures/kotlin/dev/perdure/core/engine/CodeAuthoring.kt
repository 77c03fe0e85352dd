package dev.perdure.core.engine

import dev.perdure.core.definition.CodeBranch
import dev.perdure.core.definition.CodeParallel
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.ProcedureContext
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepContext
import dev.perdure.core.definition.StepFunction
import dev.perdure.core.definition.WaitOptions
import dev.perdure.core.definition.Workflow
import java.time.Duration
import kotlin.coroutines.Continuation
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.startCoroutine

/** A language that workflow code is written in, so that one suite speaks of all of them. Values are plain data. */
interface CodeAuthoring {
    fun code(
        name: String = "case",
        version: Int = 1,
        code: suspend Code.() -> Any?,
    ): Workflow<*, *>

    /** A workflow whose one node among others is code. */
    fun node(
        name: String,
        before: () -> Any?,
        code: suspend Code.(before: Any?) -> Any?,
        after: (Any?) -> Any?,
    ): Workflow<*, *>
}

/** What a step's body of workflow code sees. */
interface CodeSeen {
    val attempt: Int
    val idempotencyKey: String

    fun append(
        key: String,
        value: Any?,
    )
}

/** What workflow code can ask for. */
interface Code {
    val input: Any?

    suspend fun step(
        name: String,
        attempts: Int = 1,
        timeout: Duration? = null,
        isAtMostOnce: Boolean = false,
        undo: (suspend (Any?) -> Unit)? = null,
        body: suspend CodeSeen.() -> Any?,
    ): Any?

    suspend fun <T> parallel(
        onError: OnError = OnError.FAIL_FAST,
        max: Int = 0,
        content: suspend CodeBlock.() -> T,
    ): T

    suspend fun sleep(
        name: String,
        duration: Duration,
    )

    suspend fun awaitSignal(
        name: String,
        timeout: Duration? = null,
    ): Any?

    suspend fun call(
        name: String,
        workflow: Workflow<*, *>,
        input: Any?,
    ): Any?

    suspend fun uuid(): String

    suspend fun now(): Long

    suspend fun patched(id: String): Boolean

    fun keyed(key: String): Code
}

interface CodeBlock {
    /** A branch of one step. */
    suspend fun submit(
        name: String,
        undo: (suspend (Any?) -> Unit)? = null,
        body: suspend CodeSeen.() -> Any?,
    ): CodeFuture

    /** A branch of code. */
    suspend fun branch(
        name: String,
        code: suspend Code.() -> Any?,
    ): CodeFuture

    /** Waits for all; throws when one failed. */
    suspend fun await()
}

fun interface CodeFuture {
    suspend fun get(): Any?
}

/** Runs what suspends for no one, as workflow code in Java does not. */
fun <T> blocking(code: suspend () -> T): T {
    var result: Result<T>? = null
    code.startCoroutine(Continuation(EmptyCoroutineContext) { result = it })
    return checkNotNull(result) { "suspended" }.getOrThrow()
}

/** A value from Java, of which Kotlin does not know whether it may be null. */
@Suppress("UNCHECKED_CAST")
private fun <T> loose(value: Any?): T = value as T

/** Workflow code through the Java API. */
object JavaCodeAuthoring : CodeAuthoring {
    override fun code(
        name: String,
        version: Int,
        code: suspend Code.() -> Any?,
    ): Workflow<*, *> =
        Workflow.procedure<Any, Any>(
            name,
            version,
            Any::class.java,
            Any::class.java,
            StepFunction { ctx -> blocking { loose(JavaCode(ctx).code()) } },
        )

    override fun node(
        name: String,
        before: () -> Any?,
        code: suspend Code.(before: Any?) -> Any?,
        after: (Any?) -> Any?,
    ): Workflow<*, *> =
        Workflow.define(name, Any::class.java, Any::class.java) { w ->
            val first = w.step("before", Any::class.java) { loose(before()) }
            val middle =
                w.procedure(
                    "code",
                    Any::class.java,
                ) { ctx -> blocking { loose<Any>(JavaCode(ctx).code(ctx.get(first))) } }
            w.step("after", Any::class.java) { s -> loose(after(s.getOrNull(middle))) }
        }
}

private class JavaCode(
    private val ctx: ProcedureContext<Any>,
) : Code {
    override val input: Any? get() = ctx.input()

    override suspend fun step(
        name: String,
        attempts: Int,
        timeout: Duration?,
        isAtMostOnce: Boolean,
        undo: (suspend (Any?) -> Unit)?,
        body: suspend CodeSeen.() -> Any?,
    ): Any? {
        val step = ctx.step(name, Any::class.java).retry(Retry.fixed(attempts, Duration.ZERO))
        if (timeout != null) step.timeout(timeout)
        if (isAtMostOnce) step.atMostOnce()
        if (undo != null) step.compensate { _, value -> blocking { undo(value) } }
        return step.run(StepFunction { s -> blocking { loose(JavaStepSeen(s).body()) } })
    }

    override suspend fun <T> parallel(
        onError: OnError,
        max: Int,
        content: suspend CodeBlock.() -> T,
    ): T = ctx.parallel("parallel", onError, max).use { JavaBlock(it).content() }

    override suspend fun sleep(
        name: String,
        duration: Duration,
    ) = ctx.sleep(name, duration)

    override suspend fun awaitSignal(
        name: String,
        timeout: Duration?,
    ): Any? =
        if (timeout == null) {
            ctx.awaitSignal(name, Any::class.java)
        } else {
            ctx.awaitSignal(name, Any::class.java, WaitOptions.DEFAULT.timeout(timeout))
        }

    @Suppress("UNCHECKED_CAST")
    override suspend fun call(
        name: String,
        workflow: Workflow<*, *>,
        input: Any?,
    ): Any? = ctx.call(name, workflow as Workflow<Any?, Any?>, input)

    override suspend fun uuid() = ctx.uuid().toString()

    override suspend fun now() = ctx.now().toEpochMilli()

    override suspend fun patched(id: String) = ctx.patched(id)

    override fun keyed(key: String): Code = JavaCode(ctx.keyed(key))
}

private class JavaStepSeen(
    private val s: StepContext<Any>,
) : CodeSeen {
    override val attempt get() = s.attempt()
    override val idempotencyKey: String get() = s.idempotencyKey()

    override fun append(
        key: String,
        value: Any?,
    ) = s.append(key, value)
}

private class JavaBlock(
    private val block: CodeParallel<Any>,
) : CodeBlock {
    override suspend fun submit(
        name: String,
        undo: (suspend (Any?) -> Unit)?,
        body: suspend CodeSeen.() -> Any?,
    ): CodeFuture {
        val step = block.submit(name, Any::class.java)
        if (undo != null) step.compensate { _, value -> blocking { undo(value) } }
        return future(step.run(StepFunction { s -> blocking { loose(JavaStepSeen(s).body()) } }))
    }

    override suspend fun branch(
        name: String,
        code: suspend Code.() -> Any?,
    ): CodeFuture = future(block.branch(name, Any::class.java) { ctx -> blocking { loose<Any>(JavaCode(ctx).code()) } })

    override suspend fun await() = block.await()

    private fun future(branch: CodeBranch<Any>) = CodeFuture { branch.get() }
}
