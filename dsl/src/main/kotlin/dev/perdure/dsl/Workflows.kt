package dev.perdure.dsl

import dev.perdure.core.DefinitionException
import dev.perdure.core.Path
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Workflow
import kotlinx.serialization.json.Json
import kotlin.reflect.KType
import kotlin.reflect.typeOf
import kotlin.time.Duration

/** Defines workflows with an input and an output; see [TypedWorkflow.invoke]. */
public val workflow: TypedWorkflow = TypedWorkflow

/**
 * What `workflow<Input, Output>(…)` calls. A function of its own beside the untyped one would make `workflow("name") { … }`
 * ambiguous.
 */
public object TypedWorkflow {
    /**
     * Defines a workflow: [block] runs once, here, and only describes; the node that it returns gives the run its output.
     *
     * ```
     * val greeting = workflow<String, String>("greeting", version = 1) {
     *     val name = step("trim") { input.trim() }
     *     step("greet", retry = fixed(3, 1.seconds)) { "Hello, ${name()}" }
     * }
     * ```
     *
     * @param version from 1; runs go on with the version that they were started with
     * @param timeout how long a run may take from its start, stops and crashes included; null for ever
     * @param retry the retries of steps that have none of their own
     * @param json how values are written; null for a standard that writes defaults and ignores what it does not know
     * @throws DefinitionException with every mistake that was found, not just the first
     */
    public inline operator fun <reified I, reified O> invoke(
        name: String,
        version: Int = 1,
        timeout: Duration? = null,
        retry: Retry = Retry.NONE,
        json: Json? = null,
        noinline block: WorkflowScope<I>.() -> Ref<O>,
    ): Workflow<I, O> = define(WorkflowOptions(name, version, timeout, retry, json), typeOf<I>(), typeOf<O>(), block)
}

/**
 * Defines a workflow without an output: its input is any plain data, its steps share by context. The parameters are those of
 * [TypedWorkflow.invoke].
 *
 * ```
 * val counts = workflow("counts") {
 *     parallel(merge = Collect) {
 *         step("orders") { put("count", orders.count()) }
 *         step("users") { put("count", users.count()) }
 *     }
 * }
 * ```
 *
 * @throws DefinitionException with every mistake that was found, not just the first
 */
public fun workflow(
    name: String,
    version: Int = 1,
    timeout: Duration? = null,
    retry: Retry = Retry.NONE,
    json: Json? = null,
    block: WorkflowScope<kotlin.Any?>.() -> Unit,
): Workflow<kotlin.Any?, Unit> =
    define(WorkflowOptions(name, version, timeout, retry, json), typeOf<kotlin.Any?>(), typeOf<Unit>()) {
        block()
        null
    }

/** What a workflow's parameters say. */
@PublishedApi
internal class WorkflowOptions(
    val name: String,
    val version: Int,
    val timeout: Duration?,
    val retry: Retry,
    val json: Json?,
)

@PublishedApi
internal fun <I, O> define(
    options: WorkflowOptions,
    input: KType,
    output: KType,
    block: WorkflowScope<I>.() -> Ref<O>?,
): Workflow<I, O> {
    val codec = options.json?.let(::KotlinxCodec) ?: KotlinxCodec()
    val definition = Definition<I>(options.name, codec) { type("the workflow's input", input) }
    val nodes = NodeList(definition, Path.ROOT, 0, options.retry)
    val result =
        try {
            definition.describing(nodes) { WorkflowScope(nodes).block() }
        } catch (_: TooDeep) {
            null
        }
    val draft =
        Workflow.Draft<I, O>(
            options.name,
            options.version,
            definition.input,
            definition.type("the workflow's output", output),
            Sequence(options.name, nodes.nodes),
            result?.node(),
            options.timeout.orForEver(),
            codec,
            SuspendBody::class.java,
        )
    return Workflow.of(draft, definition.problems)
}
