package dev.perdure.dsl

import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Code
import dev.perdure.core.engine.CodeAuthoring
import dev.perdure.core.engine.CodeBlock
import dev.perdure.core.engine.CodeFuture
import dev.perdure.core.engine.CodeSeen
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.runInterruptible
import java.time.Duration
import kotlin.time.toKotlinDuration

/** Workflow code through the Kotlin API. Bodies of the suite block, so they are made interruptible. */
object DslCodeAuthoring : CodeAuthoring {
    override fun code(
        name: String,
        version: Int,
        code: suspend Code.() -> kotlin.Any?,
    ): Workflow<*, *> = procedure<kotlin.Any?, kotlin.Any?>(name, version) { DslCode(this).code() }

    override fun node(
        name: String,
        before: () -> kotlin.Any?,
        code: suspend Code.(before: kotlin.Any?) -> kotlin.Any?,
        after: (kotlin.Any?) -> kotlin.Any?,
    ): Workflow<*, *> =
        workflow<kotlin.Any?, kotlin.Any?>(name) {
            val first = step<kotlin.Any?>("before") { before() }
            val middle = procedure<kotlin.Any?, kotlin.Any?>("code") { DslCode(this).code(first()) }
            step("after") { after(middle()) }
        }
}

/** Bodies of the suite block their thread; a cancel interrupts it. */
private suspend fun <T> interruptible(body: suspend () -> T): T =
    runInterruptible(Dispatchers.IO) { runBlocking { body() } }

private class DslCode(
    private val scope: ProcedureScope<kotlin.Any?>,
) : Code {
    override val input: kotlin.Any? get() = scope.input

    override suspend fun step(
        name: String,
        attempts: Int,
        timeout: Duration?,
        isAtMostOnce: Boolean,
        undo: (suspend (kotlin.Any?) -> Unit)?,
        body: suspend CodeSeen.() -> kotlin.Any?,
    ): kotlin.Any? =
        scope.step<kotlin.Any?>(
            name,
            fixed(attempts, kotlin.time.Duration.ZERO),
            timeout?.toKotlinDuration(),
            isAtMostOnce,
            undo?.let { { value -> it(value) } },
        ) { DslStepSeen(this).run(body) }

    override suspend fun <T> parallel(
        onError: ParallelPolicy.OnError,
        max: Int,
        content: suspend CodeBlock.() -> T,
    ): T {
        val policy = if (onError == ParallelPolicy.OnError.FAIL_FAST) FailFast else CompleteAll
        return scope.parallel(onError = policy, maxParallelism = max.takeIf { it > 0 }) { DslBlock(this).content() }
    }

    override suspend fun sleep(
        name: String,
        duration: Duration,
    ) = scope.sleep(name, duration.toKotlinDuration())

    override suspend fun awaitSignal(
        name: String,
        timeout: Duration?,
    ): kotlin.Any? =
        if (timeout == null) {
            scope.awaitSignal<kotlin.Any?>(name)
        } else {
            scope.awaitSignal<kotlin.Any>(name, timeout = timeout.toKotlinDuration())
        }

    @Suppress("UNCHECKED_CAST")
    override suspend fun call(
        name: String,
        workflow: Workflow<*, *>,
        input: kotlin.Any?,
    ): kotlin.Any? = scope.call(name, workflow as Workflow<kotlin.Any?, kotlin.Any?>, input)

    override suspend fun uuid() = scope.uuid().toString()

    override suspend fun now() = scope.now().toEpochMilliseconds()

    override suspend fun patched(id: String) = scope.patched(id)

    override fun keyed(key: String): Code = DslCode(scope.keyed(key))
}

private class DslStepSeen(
    private val scope: StepScope<kotlin.Any?>,
) : CodeSeen {
    override val attempt get() = scope.attempt
    override val idempotencyKey get() = scope.idempotencyKey

    override fun append(
        key: String,
        value: kotlin.Any?,
    ) = scope.append(key, value)

    suspend fun run(body: suspend CodeSeen.() -> kotlin.Any?): kotlin.Any? = interruptible { body() }
}

private class DslBlock(
    private val scope: CodeParallelScope<kotlin.Any?>,
) : CodeBlock {
    override suspend fun submit(
        name: String,
        undo: (suspend (kotlin.Any?) -> Unit)?,
        body: suspend CodeSeen.() -> kotlin.Any?,
    ): CodeFuture =
        future(
            scope.step<kotlin.Any?>(name, compensate = undo?.let { { value -> it(value) } }) {
                DslStepSeen(this).run(body)
            },
        )

    override suspend fun branch(
        name: String,
        code: suspend Code.() -> kotlin.Any?,
    ): CodeFuture = future(scope.async<kotlin.Any?>(name) { DslCode(this).code() })

    override suspend fun await() = scope.join(isFailing = true)

    private fun future(branch: AsyncBranch<*>) = CodeFuture { branch.await() }
}
