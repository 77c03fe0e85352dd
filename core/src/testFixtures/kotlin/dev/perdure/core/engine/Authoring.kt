package dev.perdure.core.engine

import dev.perdure.core.definition.ApprovalAnswer
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.ForEach.OnError
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Workflow
import java.time.Duration

/** A language that workflows are written in, so that one suite speaks of all of them. */
interface Authoring {
    /** A workflow whose output is that of the node that [content] returns. */
    fun flow(
        name: String = "case",
        version: Int = 1,
        timeout: Duration? = null,
        content: Nodes.() -> Ref<*>,
    ): Workflow<*, *>
}

/** What a body sees and says. */
interface Seen {
    val input: Any?
    val path: String
    val attempt: Int

    fun has(key: String): Boolean

    operator fun get(key: String): Any?

    operator fun set(
        key: String,
        value: Any?,
    )

    fun append(
        key: String,
        value: Any?,
    )

    fun increment(
        key: String,
        by: Long = 1,
    )

    fun <T> read(ref: Ref<T>): T
}

/** Nodes that run one after the other. */
interface Nodes {
    /** A step; [undo] gets its output. */
    fun step(
        name: String,
        attempts: Int = 1,
        undo: (Seen.(Any?) -> Unit)? = null,
        body: Seen.() -> Any?,
    ): Ref<*>

    /** Branches, each a sequence of its own. */
    fun parallel(
        name: String,
        vararg branches: Pair<String, Nodes.() -> Unit>,
    )

    fun forEach(
        name: String,
        items: Seen.() -> List<*>,
        concurrency: Int = 1,
        onError: OnError = OnError.FAIL_FAST,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*>

    /** Over the list that an earlier node yields. */
    fun forEach(
        name: String,
        items: Ref<*>,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*>

    /** Over the list that the context has. */
    fun forEach(
        name: String,
        key: String,
        content: Nodes.(item: Ref<*>) -> Ref<*>,
    ): Ref<*>

    /** By conditions; a condition of null is the otherwise clause. */
    fun choose(
        name: String,
        vararg clauses: Triple<String, (Seen.() -> Boolean)?, Nodes.() -> Unit>,
    )

    /** By a value; a value of null is the otherwise clause. */
    fun chooseBy(
        name: String,
        value: Seen.() -> Any?,
        vararg clauses: Pair<Any?, Nodes.() -> Unit>,
    )

    /** [backTo] is where it may go back to, and how often. */
    fun decide(
        name: String,
        targets: List<String> = emptyList(),
        backTo: Pair<String, Int>? = null,
        target: Seen.() -> String?,
    )

    fun repeatUntil(
        name: String,
        most: Int,
        until: Seen.() -> Boolean,
        content: Nodes.() -> Ref<*>,
    ): Ref<*>

    fun sleep(
        name: String,
        duration: Duration,
    )

    fun sleepUntil(
        name: String,
        time: Seen.() -> java.time.Instant,
    )

    fun awaitSignal(
        name: String,
        signal: String = name,
        timeout: Duration? = null,
        otherwise: Any? = null,
        isFailing: Boolean = false,
    ): Ref<*>

    /** Yields the name of the signal and what it brought. */
    fun awaitAny(
        name: String,
        signals: List<String>,
        timeout: Duration? = null,
    ): Seen.() -> Pair<String, Any?>?

    fun awaitAll(
        name: String,
        signals: List<String>,
        timeout: Duration? = null,
    ): Seen.() -> Map<String, Any?>?

    fun approval(
        name: String,
        choices: List<String>,
        timeout: Duration? = null,
        request: Seen.() -> ApprovalRequest,
    ): Seen.() -> ApprovalAnswer?

    fun callback(
        name: String,
        timeout: Duration? = null,
        request: Seen.(token: String) -> Unit,
    ): Ref<*>

    fun call(
        name: String,
        workflow: String,
        input: Seen.() -> Any?,
    ): Ref<*>

    fun callDetached(
        name: String,
        workflow: String,
        input: Seen.() -> Any?,
    ): Ref<*>
}

/** A step that does something and yields its own name. */
fun Nodes.does(
    name: String,
    attempts: Int = 1,
    undo: (Seen.(Any?) -> Unit)? = null,
    body: Seen.() -> Unit = {},
): Ref<*> =
    step(name, attempts, undo) {
        body()
        name
    }

/** What a suite is run with: a store, a language, and whether every wait is spent out of memory. */
class Subject(
    newStores: () -> Stores,
    val authoring: Authoring,
    isAlwaysSuspended: Boolean,
) : StoreMode(newStores, isAlwaysSuspended) {
    fun flow(
        name: String = "case",
        version: Int = 1,
        timeout: Duration? = null,
        content: Nodes.() -> Ref<*>,
    ): Workflow<*, *> = authoring.flow(name, version, timeout, content)

    /** Runs one workflow to its end and shows the run. */
    fun run(
        input: Any? = null,
        content: Nodes.() -> Ref<*>,
        check: (Run) -> Unit,
    ) {
        engine(newStores(), flow(content = content)).use { engine ->
            val run = engine.start("case", "r", input)
            run.ended()
            check(run)
        }
    }
}
