package dev.perdure.core.engine

import dev.perdure.core.definition.ApprovalAnswer
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.ForEach.OnError
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.SequenceBuilder
import dev.perdure.core.definition.StepContext
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.WaitOptions
import dev.perdure.core.definition.Workflow
import java.time.Duration

/** Java's builder says that outputs are never null, which lambdas in Java do not care about. */
@Suppress("UNCHECKED_CAST")
private fun <T> unchecked(value: Any?): T = value as T

/** The Java builder. */
object JavaAuthoring : Authoring {
    override fun flow(
        name: String,
        version: Int,
        timeout: Duration?,
        content: Nodes.() -> Ref<*>,
    ): Workflow<*, *> =
        Workflow.define(name, version, Any::class.java, Any::class.java) { w ->
            timeout?.let { w.timeout(it) }
            unchecked(JavaNodes(w).content())
        }
}

private class JavaSeen(
    private val context: StepContext<Any>,
) : Seen {
    override val input: Any? get() = context.input()
    override val path get() = context.path().toString()
    override val attempt get() = context.attempt()

    override fun has(key: String) = context.has(key)

    override fun get(key: String): Any? = context.get(key, Any::class.java)

    override fun set(
        key: String,
        value: Any?,
    ) = context.put(key, value)

    override fun append(
        key: String,
        value: Any?,
    ) = context.append(key, value)

    override fun increment(
        key: String,
        by: Long,
    ) = context.increment(key, by)

    override fun <T> read(ref: Ref<T>): T = context.get(ref)
}

private class JavaNodes(
    private val builder: SequenceBuilder<Any>,
) : Nodes {
    override fun step(
        name: String,
        attempts: Int,
        undo: (Seen.(Any?) -> Unit)?,
        body: Seen.() -> Any?,
    ): Ref<*> {
        val options = StepOptions.DEFAULT.retry(Retry.fixed(attempts, Duration.ZERO))
        val ref = builder.step(name, Any::class.java, options) { unchecked(JavaSeen(it).body()) }
        undo?.let { builder.compensate(ref) { context, output -> JavaSeen(context).it(output) } }
        return ref
    }

    override fun parallel(
        name: String,
        vararg branches: Pair<String, Nodes.() -> Unit>,
    ) = builder.parallel(name) { block ->
        branches.forEach { (branch, content) ->
            block.branch(branch) { inner ->
                JavaNodes(inner).content()
                inner.step("$branch-end", Any::class.java) { branch }
            }
        }
    }

    override fun forEach(
        name: String,
        items: Seen.() -> List<*>,
        concurrency: Int,
        onError: OnError,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*> =
        builder.mapEach(name, Any::class.java, { unchecked(JavaSeen(it).items()) }) { body, item ->
            body.concurrency(concurrency)
            body.onError(onError)
            unchecked<Ref<Any>>(JavaNodes(body).content(item))
        }

    override fun forEach(
        name: String,
        items: Ref<*>,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*> =
        builder.mapEach(name, Any::class.java, items) { body, item ->
            unchecked<Ref<Any>>(JavaNodes(body).content(item))
        }

    override fun forEach(
        name: String,
        key: String,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*> =
        builder.mapEach(name, Any::class.java, key) { body, item ->
            unchecked<Ref<Any>>(JavaNodes(body).content(item))
        }

    override fun choose(
        name: String,
        vararg clauses: Triple<String, (Seen.() -> Boolean)?, Nodes.() -> Unit>,
    ) = builder.choose(name) { choice ->
        clauses.forEach { (clause, condition, content) ->
            if (condition == null) {
                choice.otherwise { body -> JavaNodes(body).content() }
            } else {
                choice.on(clause, { JavaSeen(it).condition() }) { body -> JavaNodes(body).content() }
            }
        }
    }

    override fun chooseBy(
        name: String,
        value: Seen.() -> Any?,
        vararg clauses: Pair<Any?, Nodes.() -> Unit>,
    ) = builder.choose(name, { JavaSeen(it).value() }) { choice ->
        clauses.forEach { (wanted, content) ->
            if (wanted == null) {
                choice.otherwise { body -> JavaNodes(body).content() }
            } else {
                choice.`when`(wanted) { body -> JavaNodes(body).content() }
            }
        }
    }

    override fun decide(
        name: String,
        targets: List<String>,
        backTo: Pair<String, Int>?,
        target: Seen.() -> String?,
    ) {
        val back = listOfNotNull(backTo?.let { Decide.Target.backTo(it.first, it.second) })
        val stated = targets.map { Decide.Target.to(it) } + back
        if (stated.isEmpty()) {
            builder.decide(name) { JavaSeen(it).target() }
        } else {
            builder.decide(name, stated) { JavaSeen(it).target() }
        }
    }

    override fun repeatUntil(
        name: String,
        most: Int,
        until: Seen.() -> Boolean,
        content: Nodes.() -> Ref<*>,
    ): Ref<*> =
        builder.repeatUntil(name, most) { body ->
            val result = unchecked<Ref<Any>>(JavaNodes(body).content())
            body.until(result) { JavaSeen(it).until() }
        }

    override fun sleep(
        name: String,
        duration: Duration,
    ) = builder.sleep(name, duration)

    override fun sleepUntil(
        name: String,
        time: Seen.() -> java.time.Instant,
    ) = builder.sleepUntil(name) { JavaSeen(it).time() }

    private fun options(timeout: Duration?) = timeout?.let { WaitOptions.DEFAULT.timeout(it) } ?: WaitOptions.DEFAULT

    override fun awaitSignal(
        name: String,
        signal: String,
        timeout: Duration?,
        otherwise: Any?,
        isFailing: Boolean,
    ): Ref<*> {
        var options = options(timeout)
        otherwise?.let { options = options.orElse(it) }
        return builder.awaitSignal(name, signal, Any::class.java, if (isFailing) options.failOnTimeout() else options)
    }

    override fun awaitAny(
        name: String,
        signals: List<String>,
        timeout: Duration?,
    ): Seen.() -> Pair<String, Any?>? {
        val ref = builder.awaitAny(name, Any::class.java, signals, options(timeout))
        return { read(ref)?.let { it.name() to it.value() } }
    }

    override fun awaitAll(
        name: String,
        signals: List<String>,
        timeout: Duration?,
    ): Seen.() -> Map<String, Any?>? {
        val ref = builder.awaitAll(name, Any::class.java, signals, options(timeout))
        return { read(ref) }
    }

    override fun approval(
        name: String,
        choices: List<String>,
        timeout: Duration?,
        request: Seen.() -> ApprovalRequest,
    ): Seen.() -> ApprovalAnswer? {
        val ref = builder.approval(name, choices, options(timeout)) { JavaSeen(it).request() }
        return { read(ref) }
    }

    override fun callback(
        name: String,
        timeout: Duration?,
        request: Seen.(token: String) -> Unit,
    ): Ref<*> =
        builder.callback(name, Any::class.java, options(timeout)) { context, token -> JavaSeen(context).request(token) }

    override fun call(
        name: String,
        workflow: String,
        input: Seen.() -> Any?,
    ): Ref<*> = builder.call(name, workflow, 0, Any::class.java) { JavaSeen(it).input() }

    override fun callDetached(
        name: String,
        workflow: String,
        input: Seen.() -> Any?,
    ): Ref<*> = builder.callDetached(name, workflow, 0) { JavaSeen(it).input() }
}
