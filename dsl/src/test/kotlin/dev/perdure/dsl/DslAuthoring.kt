package dev.perdure.dsl

import dev.perdure.core.definition.ApprovalAnswer
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Authoring
import dev.perdure.core.engine.Nodes
import dev.perdure.core.engine.Seen
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runInterruptible
import java.time.Duration
import java.time.Instant
import kotlin.time.toKotlinDuration
import kotlin.time.toKotlinInstant

private typealias Anything = kotlin.Any

/** The Kotlin DSL. */
object DslAuthoring : Authoring {
    override fun flow(
        name: String,
        version: Int,
        timeout: Duration?,
        content: Nodes.() -> Ref<*>,
    ): Workflow<*, *> =
        workflow<Anything?, Anything?>(name, version, timeout = timeout?.toKotlinDuration()) {
            @Suppress("UNCHECKED_CAST")
            DslNodes(this).content() as Ref<Anything?>
        }
}

private class DslSeen(
    private val scope: StepScope<Anything?>,
) : Seen {
    override val input get() = scope.input
    override val path get() = scope.path.toString()
    override val attempt get() = scope.attempt

    override fun has(key: String) = scope.has(key)

    override fun get(key: String): Anything? = scope.get<Anything?>(key)

    override fun set(
        key: String,
        value: Anything?,
    ) = scope.put<Anything?>(key, value)

    override fun append(
        key: String,
        value: Anything?,
    ) = scope.append<Anything?>(key, value)

    override fun increment(
        key: String,
        by: Long,
    ) = scope.increment(key, by)

    override fun <T> read(ref: Ref<T>): T = with(scope) { ref() }
}

@Suppress("UNCHECKED_CAST")
private class DslNodes(
    private val scope: WorkflowScope<Anything?>,
) : Nodes {
    override fun step(
        name: String,
        attempts: Int,
        undo: (Seen.(Anything?) -> Unit)?,
        body: Seen.() -> Anything?,
    ): Ref<*> {
        val retry = fixed(attempts, kotlin.time.Duration.ZERO)
        // The suite's bodies block their threads, as a coroutine's must not.
        val ref = scope.step<Anything?>(name, retry) { runInterruptible(Dispatchers.IO) { DslSeen(this).body() } }
        return if (undo == null) ref else with(scope) { ref compensate { DslSeen(this).undo(it) } }
    }

    override fun parallel(
        name: String,
        vararg branches: Pair<String, Nodes.() -> Unit>,
    ) = scope.parallel(name) {
        branches.forEach { (branch, content) -> sequence(branch) { DslNodes(this).content() } }
    }

    override fun forEach(
        name: String,
        items: Seen.() -> List<*>,
        concurrency: Int,
        onError: ForEach.OnError,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*> {
        val body: WorkflowScope<Anything?>.(Ref<Anything?>) -> Ref<Anything?> =
            { DslNodes(this).content(it) as Ref<Anything?> }
        return when (onError) {
            ForEach.OnError.FAIL_FAST -> {
                scope.mapEach<Anything?, Anything?>(name, { DslSeen(this).items() }, concurrency, FailFast, body)
            }

            ForEach.OnError.COLLECT -> {
                scope.mapEach<Anything?, Anything?>(name, { DslSeen(this).items() }, concurrency, CollectErrors, body)
            }

            ForEach.OnError.CONTINUE -> {
                scope.mapEach<Anything?, Anything?>(name, { DslSeen(this).items() }, concurrency, Continue, body)
            }
        }
    }

    override fun forEach(
        name: String,
        items: Ref<*>,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*> =
        scope.mapEach<Anything?, Anything?>(name, items as Ref<List<Anything?>>) {
            DslNodes(this).content(it) as Ref<Anything?>
        }

    override fun forEach(
        name: String,
        key: String,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*> = scope.mapEach<Anything?, Anything?>(name, key) { DslNodes(this).content(it) as Ref<Anything?> }

    override fun choose(
        name: String,
        vararg clauses: Triple<String, (Seen.() -> Boolean)?, Nodes.() -> Unit>,
    ) = scope.choose(name) {
        clauses.forEach { (clause, condition, content) ->
            if (condition == null) {
                otherwise { DslNodes(this).content() }
            } else {
                on(clause, { DslSeen(this).condition() }) { DslNodes(this).content() }
            }
        }
    }

    override fun chooseBy(
        name: String,
        value: Seen.() -> Anything?,
        vararg clauses: Pair<Anything?, Nodes.() -> Unit>,
    ) = scope.choose<Anything?>(name, { DslSeen(this).value() }) {
        clauses.forEach { (wanted, content) ->
            if (wanted == null) {
                otherwise { DslNodes(this).content() }
            } else {
                case(wanted) { DslNodes(this).content() }
            }
        }
    }

    override fun decide(
        name: String,
        targets: List<String>,
        backTo: Pair<String, Int>?,
        target: Seen.() -> String?,
    ) {
        val back = listOfNotNull(backTo?.let { scope.backTo(it.first, it.second) })
        val stated = targets.map { scope.goTo(it) } + back
        scope.decide(name, *stated.toTypedArray()) { DslSeen(this).target() }
    }

    override fun repeatUntil(
        name: String,
        most: Int,
        until: Seen.() -> Boolean,
        content: Nodes.() -> Ref<*>,
    ): Ref<*> =
        scope.repeatUntil(name, most) {
            val result = DslNodes(this).content() as Ref<Anything?>
            result until { DslSeen(this).until() }
        }

    override fun sleep(
        name: String,
        duration: Duration,
    ) = scope.sleep(name, duration.toKotlinDuration())

    override fun sleepUntil(
        name: String,
        time: Seen.() -> Instant,
    ) = scope.sleepUntil(name) { DslSeen(this).time().toKotlinInstant() }

    override fun awaitSignal(
        name: String,
        signal: String,
        timeout: Duration?,
        otherwise: Anything?,
        isFailing: Boolean,
    ): Ref<*> {
        val limit = timeout?.toKotlinDuration() ?: return scope.awaitSignal<Anything?>(name, signal)
        return when {
            isFailing -> scope.awaitSignal<Anything?>(name, signal, limit, Fail)
            otherwise != null -> scope.awaitSignal<Anything?>(name, signal, limit, otherwise)
            else -> scope.awaitSignal<Anything?>(name, signal, limit)
        }
    }

    override fun awaitAny(
        name: String,
        signals: List<String>,
        timeout: Duration?,
    ): Seen.() -> Pair<String, Anything?>? {
        val names = signals.toTypedArray()
        if (timeout == null) {
            val ref = scope.awaitAny<Anything?>(name, *names)
            return { read(ref).let { it.name() to it.value() } }
        }
        val ref = scope.awaitAny<Anything?>(name, *names, timeout = timeout.toKotlinDuration())
        return { read(ref)?.let { it.name() to it.value() } }
    }

    override fun awaitAll(
        name: String,
        signals: List<String>,
        timeout: Duration?,
    ): Seen.() -> Map<String, Anything?>? {
        val names = signals.toTypedArray()
        if (timeout == null) {
            val ref = scope.awaitAll<Anything?>(name, *names)
            return { read(ref) }
        }
        val ref = scope.awaitAll<Anything?>(name, *names, timeout = timeout.toKotlinDuration())
        return { read(ref) }
    }

    override fun approval(
        name: String,
        choices: List<String>,
        timeout: Duration?,
        request: Seen.() -> ApprovalRequest,
    ): Seen.() -> ApprovalAnswer? {
        if (timeout == null) {
            val ref = scope.approval(name, choices) { DslSeen(this).request() }
            return { read(ref) }
        }
        val ref = scope.approval(name, choices, timeout.toKotlinDuration()) { DslSeen(this).request() }
        return { read(ref) }
    }

    override fun callback(
        name: String,
        timeout: Duration?,
        request: Seen.(token: String) -> Unit,
    ): Ref<*> =
        if (timeout == null) {
            scope.callback<Anything?>(name) { DslSeen(this).request(it) }
        } else {
            scope.callback<Anything?>(name, timeout.toKotlinDuration()) { DslSeen(this).request(it) }
        }

    override fun call(
        name: String,
        workflow: String,
        input: Seen.() -> Anything?,
    ): Ref<*> = scope.call<Anything?, Anything?>(name, workflow) { DslSeen(this).input() }

    override fun callDetached(
        name: String,
        workflow: String,
        input: Seen.() -> Anything?,
    ): Ref<*> = scope.callDetached<Anything?>(name, workflow) { DslSeen(this).input() }
}
