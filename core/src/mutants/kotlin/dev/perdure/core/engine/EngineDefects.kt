package dev.perdure.core.engine

import dev.perdure.core.Path
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Entry
import dev.perdure.core.mutants.Hidden
import dev.perdure.core.mutants.Original
import dev.perdure.core.spi.Write
import java.util.Collections
import java.util.IdentityHashMap

/** That a branch failed is not recorded, only what came of it. */
object UnrecordedFailure {
    private val original = Original(JournalWriter::class.java, "write")
    private val runId = Hidden(JournalWriter::class.java, "runId")

    @JvmStatic
    @Suppress("UNCHECKED_CAST")
    fun write(
        self: Any?,
        args: Array<Any?>,
    ): Any? {
        val recorded =
            (args[0] as List<Entry>).filterNot {
                it is Entry.BlockEnded && it.kind() == "branch" && it.status() == StepStatus.FAILED
            }
        if (recorded.isNotEmpty()) return original.call(self, arrayOf(recorded, args[1], args[2]))
        return Write.Append(runId[self!!] as String, listOf(), listOf(), listOf(), null, null)
    }
}

/** What a body returned, itself, for those who read it in the same life of the run. */
object UndecodedCopy {
    private val encoded = Original(BodyRun::class.java, "encode")
    private val decoded = Original(AttemptContext::class.java, "decode")
    private val context = Hidden(BodyRun::class.java, "context")
    private val values = Hidden(AttemptContext::class.java, "values")
    private val returned: MutableMap<Any, MutableMap<Path, Any?>> = Collections.synchronizedMap(IdentityHashMap())

    @JvmStatic
    fun encode(
        self: Any?,
        args: Array<Any?>,
    ): Any? {
        val of = context[self!!] as AttemptContext
        lifeOf(of)[of.path()] = args[0]
        return encoded.call(self, args)
    }

    @JvmStatic
    fun decode(
        self: Any?,
        args: Array<Any?>,
    ): Any? = lifeOf(self as AttemptContext)[args[0] as Path] ?: decoded.call(self, args)

    private fun lifeOf(context: AttemptContext) =
        returned.computeIfAbsent(values[context]!!) { Collections.synchronizedMap(HashMap()) }
}
