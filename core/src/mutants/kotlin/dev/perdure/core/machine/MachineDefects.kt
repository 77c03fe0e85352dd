package dev.perdure.core.machine

import dev.perdure.core.Path
import dev.perdure.core.definition.BranchResult
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Node
import dev.perdure.core.mutants.Hidden
import dev.perdure.core.mutants.Original
import java.time.Duration
import java.time.Instant
import java.util.Collections
import java.util.WeakHashMap

/** Of what code asks for, the names. */
private object Asks {
    val code = Hidden(CodeAsks::class.java, "code")
    val kept = Hidden(CodeAsks::class.java, "kept")
    val visits = Hidden(CodeAsks::class.java, "visits")
    val wiring = Hidden(CodeAsks::class.java, "wiring")

    fun path(
        asks: Any?,
        name: Any?,
        visit: Int,
    ): Path = (code[asks!!] as CodeFrame).path().child(name as String).repetition(visit)

    @Suppress("UNCHECKED_CAST")
    fun visitsOf(asks: Any?) = visits[asks!!] as MutableMap<String, Int>
}

/** A step's key has its place in the order of all that the run has asked for so far, instead of in its own scope. */
object GlobalCounterKey {
    private val counts = Collections.synchronizedMap(WeakHashMap<Any, Int>())

    @JvmStatic
    fun next(
        self: Any?,
        args: Array<Any?>,
    ): Any? = Asks.path(self, args[0], counts.merge(Asks.wiring[self!!]!!, 1, Int::plus)!! - 1)
}

/** A step that is answered from the journal does not count as a visit. */
object UncountedReplay {
    @JvmStatic
    fun next(
        self: Any?,
        args: Array<Any?>,
    ): Any? {
        val name = args[0] as String
        val visits = Asks.visitsOf(self)
        val path = Asks.path(self, name, visits.getOrDefault(name, 0))
        val isRecorded = (Asks.kept[self!!] as KeptEntries).first() == path
        if (!isRecorded) visits.merge(name, 1, Int::plus)
        return path
    }
}

/** A node's key is its name, wherever it stands. */
object NameOnlyKey {
    @JvmStatic
    fun frameOf(
        self: Any?,
        args: Array<Any?>,
    ): Any? {
        val frame = self as SequenceFrame
        val node = args[0] as Node
        return Frame.of(frame.wiring, frame, node, Path.ROOT.child(node.name()), frame.scope)
    }
}

/** Branches are merged as they ended, whatever the rule. */
object MergeAsEnded {
    private val original = Original(BranchMerge::class.java, "merge")

    @JvmStatic
    @Suppress("UNCHECKED_CAST")
    fun merge(
        self: Any?,
        args: Array<Any?>,
    ): Any? {
        val branches = (args[2] as List<BranchResult>).sortedBy { it.completionOrder() }
        return original.call(self, arrayOf(args[0] as Merge, args[1], branches))
    }
}

/** A timer that is set again after a crash runs for as long as it did at first. */
object RemainingTime {
    private val original = Original(WaitFrame::class.java, "onRecover")
    private val begunAt = Hidden(WaitFrame::class.java, "begunAt")
    private val due = Hidden(WaitFrame::class.java, "due")

    @JvmStatic
    fun onRecover(
        self: Any?,
        args: Array<Any?>,
    ): Any? {
        val begun = begunAt[self!!] as Instant?
        val end = due[self] as Instant?
        if (begun != null && end != null) due[self] = (args[0] as Instant) + Duration.between(begun, end)
        return original.call(self, args)
    }
}
