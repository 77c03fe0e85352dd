package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.ValueType
import dev.perdure.core.definition.AtomicBody
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import kotlin.reflect.KType
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/** Core's form of a time limit, in which null is for ever. */
internal fun Duration?.orForEver(): java.time.Duration? = this?.takeIf { it.isFinite() }?.toJavaDuration()

/** What a node's parameters say, in core's terms. */
@PublishedApi
internal fun stepOptions(
    retry: Retry?,
    timeout: Duration?,
    atMostOnce: Boolean,
): StepOptions = StepOptions(retry, timeout.orForEver(), atMostOnce)

/** What an atomic step's parameters say. */
@PublishedApi
internal fun atomicOptions(
    retry: Retry?,
    timeout: Duration?,
): StepOptions = StepOptions(retry, timeout?.orForEver() ?: AtomicBody.STANDARD_LIMIT, false)

/** What a block's parameters say. */
internal class BlockOptions(
    val merge: Merge,
    val onError: OnError,
    val join: Join?,
    val remaining: Remaining,
    val retry: Retry?,
    val maxParallelism: Int?,
)

/** The nodes of one scope, as they are added: those of a sequence, or the branches of a block. */
internal class NodeList<I>(val definition: Definition<I>, val path: Path, val depth: Int, val retry: Retry) {
    val nodes = mutableListOf<Node>()
    private var unnamedBlocks = 0

    /** Adds a step and returns where it is and how its output is read. */
    fun <T> step(
        name: String,
        output: KType,
        options: StepOptions,
        body: Body,
    ): Ref<T> {
        definition.requireDescribing(this, name)
        val where = path.child(name)
        val type: ValueType<T> = definition.type("step \"$where\"", output)
        nodes += Step(name, body, type, options.retry() ?: retry, options.timeout(), options.isAtMostOnce, null)
        return Ref(where, type)
    }

    /** Adds a node without others in it. */
    fun add(node: Node) {
        definition.requireDescribing(this, node.name())
        nodes += node
    }

    /** What the node called [name] yields. */
    fun <T> ref(
        name: String,
        type: ValueType<T>,
    ): Ref<T> = Ref(path.child(name), type)

    /** A body of a node that has others, or of a wait; it takes the retries of the steps around it. */
    fun <T> part(
        label: String,
        output: ValueType<*>,
        body: suspend StepScope<I>.() -> T,
    ): Step = Step.of(label, definition.stepBody(body), output, retry)

    /** Says how a step that is one of these is undone. */
    fun <T> compensate(
        step: Ref<T>,
        own: Retry?,
        undo: suspend StepScope<I>.(T) -> Unit,
    ) {
        definition.requireDescribing(this, Step.COMPENSATION)
        val at = nodes.indexOfLast { it is Step && path.child(it.name()) == step.node() }
        val found = nodes.getOrNull(at) as? Step
        if (found == null) {
            definition.problems +=
                "\"${step.node()}\" is given a compensation, but is no step of its own sequence or block " +
                "here; only a step can be undone, where it is added"
            return
        }
        if (found.compensation() != null) {
            definition.problems += "step \"${step.node()}\" has two compensations; keep one"
        }
        val body = definition.stepBody { undo(values.body.undone(step.type())) }
        nodes[at] = found.compensatedBy(Step.of(Step.COMPENSATION, body, ValueTypes.NOTHING, own ?: retry))
    }

    /** The list of what is inside of a node: a block's branches, a loop's body, a choice's clauses. */
    fun inside(
        where: Path,
        own: Retry? = null,
    ): NodeList<I> = NodeList(definition, where, depth + 1, own ?: retry)

    /** Describes what is inside of a node and then adds it. What is too deep is added empty, for the check. */
    fun <R> nested(
        name: String,
        inner: NodeList<I>,
        node: () -> Node,
        content: () -> R,
    ): R {
        definition.requireDescribing(this, name)
        try {
            return definition.describing(inner) { if (depth < Workflow.MAX_NESTING) content() else throw TooDeep() }
        } finally {
            nodes += node()
        }
    }

    /** Adds a sequence as one node. */
    fun <R> sequence(
        name: String,
        own: Retry?,
        content: WorkflowScope<I>.() -> R,
    ): R {
        definition.requireDescribing(this, name)
        val inner = NodeList(definition, path.child(name), depth, own ?: retry)
        try {
            return definition.describing(inner) { WorkflowScope(inner).content() }
        } finally {
            nodes += Sequence(name, inner.nodes)
        }
    }

    /** Adds a block; one without a name gets one by its place. */
    fun <R> block(
        given: String?,
        options: BlockOptions,
        content: (Block<I>) -> R,
    ): R {
        val name = given ?: "parallel-${++unnamedBlocks}"
        val block = Block(inside(path.child(name), options.retry), options)
        return nested(name, block.branches, { block.node(name) }) { content(block) }
    }
}

/** A parallel block as it is described. */
internal class Block<I>(val branches: NodeList<I>, private val options: BlockOptions) {
    private var yield: Parallel.Yield? = null
    private var merge: Merge? = null
    private val label = "parallel block \"${branches.path}\""
    private val definition = branches.definition

    fun <T> join(
        output: KType,
        body: SuspendBody,
    ): Ref<T> {
        definition.requireDescribing(branches, "join")
        if (yield != null) {
            definition.problems += "$label has two joins; keep one"
        }
        val type: ValueType<T> = definition.type("the join of \"${branches.path}\"", output)
        yield = Parallel.Yield(body, type)
        return Ref(branches.path.part("join"), type)
    }

    fun merge(body: SuspendBody) {
        definition.requireDescribing(branches, "merge")
        if (merge != null || options.merge !== DeepMerge) {
            definition.problems += "$label has two merges; keep one"
        }
        merge = Merge.Custom(body)
    }

    fun node(name: String): Parallel {
        val most = options.maxParallelism
        if (most != null && most < 1) {
            definition.problems += "$label: maxParallelism $most; expected 1 or more"
        }
        val policy =
            ParallelPolicy(
                merge ?: options.merge,
                options.onError.policy,
                options.join,
                options.remaining,
                most?.coerceAtLeast(0) ?: 0,
            )
        return Parallel(name, branches.nodes, policy, yield)
    }
}
