package dev.perdure.dsl

import dev.perdure.core.DefinitionException
import dev.perdure.core.Names
import dev.perdure.core.Path
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Procedure
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Workflow
import kotlinx.serialization.json.Json
import kotlin.reflect.KType
import kotlin.reflect.typeOf
import kotlin.time.Duration

/**
 * Defines a workflow that is code; see [ProcedureScope]. What it asks for is recorded under paths of its own name and place:
 * `payment`, `pack#2`.
 *
 * ```
 * val order = procedure<Order, Receipt>("order") { order ->
 *     val payment = step("payment") { pay(order) }
 *     for (item in order.items) step("pack") { pack(item) }
 *     sleep(1.hours)
 *     step("ship") { ship(order, payment) }
 * }
 * ```
 *
 * @param version from 1; runs go on with the version that they were started with
 * @param timeout how long a run may take from its start, stops and crashes included; null for ever
 * @param json how values are written; null for a standard that writes defaults and ignores what it does not know
 * @param code gets the run's input
 * @throws DefinitionException when the input or the output cannot be recorded
 */
public inline fun <reified I, reified O> procedure(
    name: String,
    version: Int = 1,
    timeout: Duration? = null,
    json: Json? = null,
    noinline code: suspend ProcedureScope<I>.(input: I) -> O,
): Workflow<I, O> =
    defineProcedure(
        WorkflowOptions(name, version, timeout, dev.perdure.core.definition.Retry.NONE, json),
        typeOf<I>(),
        typeOf<O>(),
        code,
    )

@PublishedApi
internal fun <I, O> defineProcedure(
    options: WorkflowOptions,
    input: KType,
    output: KType,
    code: suspend ProcedureScope<I>.(I) -> O,
): Workflow<I, O> {
    val codec = options.json?.let(::KotlinxCodec) ?: KotlinxCodec()
    val definition = Definition<I>(options.name, codec) { type("the workflow's input", input) }
    val type = definition.type<O>("the workflow's output", output)
    val body = procedureBody(definition.input, codec) { code(this.input) }
    val draft =
        Workflow.Draft<I, O>(
            options.name,
            options.version,
            definition.input,
            type,
            Sequence(options.name, listOf(Procedure(options.name, body, type, true))),
            Path.ROOT,
            options.timeout.orForEver(),
            codec,
            SuspendBody::class.java,
        )
    return Workflow.of(draft, definition.problems)
}

/** Refuses a name that cannot be part of a path. */
internal fun String.requireName(): String = also { Names.requireValid("parallel block", it) }

/** Refuses a node that cannot be. */
internal fun <N : Node> N.requireValid(workflow: String): N = also { Node.requireValid(workflow, it) }
