package dev.perdure.samples.cli

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Engine
import dev.perdure.core.journal.RunRecord
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Option
import picocli.CommandLine.Parameters
import java.util.concurrent.Callable

/** A command that does something to a run in the store, and then goes on with that run in this process. */
internal abstract class ResumingCommand(protected val terminal: Terminal) : Callable<Int> {
    @Parameters(index = "0", paramLabel = "RUN", description = ["The run's id."])
    lateinit var id: String

    @Mixin
    lateinit var store: StoreOption

    @Mixin
    lateinit var agents: AgentsOption

    @Mixin
    lateinit var follow: FollowOptions

    @Mixin
    lateinit var json: JsonOption

    /** Refuses a run as it was found, before anything goes on. */
    protected open fun requireFit(found: RunRecord): Unit = Unit

    /** Begins, and returns whether the run is to be followed. */
    protected abstract fun act(engine: Engine): Boolean

    protected open fun exitOf(ended: RunRecord): Int = ExitCode.of(ended.status())

    override fun call(): Int {
        val reporter = Reporter.of(terminal, json.isJson)
        val agents = agents.read()
        val ended =
            store.open().use { store ->
                store.find(id).ifPresent(::requireFit)
                Session(store, agents, reporter, follow.patience).work(id, emptyList(), ::act)
            }
        reporter.end(ended)
        return exitOf(ended)
    }

    protected fun refused(why: String): Nothing =
        throw PerdureException(ErrorCode.WRONG_STATUS, "run \"$id\" $why", id, null, null)
}

@Command(
    name = "signal",
    description = ["Sends a run a signal, and goes on with the run."],
    mixinStandardHelpOptions = true,
)
internal class SignalCommand(terminal: Terminal) : ResumingCommand(terminal) {
    @Parameters(index = "1", paramLabel = "NAME", description = ["The signal's name."])
    lateinit var name: String

    @Parameters(
        index = "2",
        paramLabel = "FILE|JSON",
        arity = "0..1",
        description = ["What it brings: the name of a file, JSON, or -; null unless said."],
    )
    var value: String = "null"

    @Option(
        names = ["--key"],
        paramLabel = "KEY",
        description = ["A second signal of this name and key counts as the same."],
    )
    var key: String? = null

    override fun act(engine: Engine): Boolean {
        val payload = readValue(value, terminal)
        engine.signal(id, name, payload, key).orRefusal()
        return true
    }
}

@Command(name = "cancel", description = ["Cancels a run, and waits for its end."], mixinStandardHelpOptions = true)
internal class CancelCommand(terminal: Terminal) : ResumingCommand(terminal) {
    @Option(names = ["--reason"], paramLabel = "TEXT", description = ["Why, for those who read the journal."])
    var reason: String = "cancelled from the command line"

    override fun act(engine: Engine): Boolean {
        val run = engine.required(id)
        return run.cancel(reason).orRefusal() || refused("is ${run.status()}; there is nothing to cancel")
    }

    override fun exitOf(ended: RunRecord): Int =
        if (ended.status() in AS_ASKED) ExitCode.DONE else ExitCode.of(ended.status())

    private companion object {
        val AS_ASKED = setOf(RunStatus.CANCELLED, RunStatus.COMPENSATED)
    }
}

@Command(
    name = "retry",
    description = ["Lets a run go on that failed, was cancelled or stopped: what failed is due again, the rest stays."],
    mixinStandardHelpOptions = true,
)
internal class RetryCommand(terminal: Terminal) : ResumingCommand(terminal) {
    override fun act(engine: Engine): Boolean {
        engine.required(id).retry().orRefusal()
        return true
    }
}

@Command(
    name = "resume",
    description = ["Goes on with a run that a crash or a wait left, from the text in the store."],
    mixinStandardHelpOptions = true,
)
internal class ResumeCommand(terminal: Terminal) : ResumingCommand(terminal) {
    override fun requireFit(found: RunRecord) {
        if (found.status().isTerminal) refused("is ${found.status()}; there is nothing to go on with")
    }

    /** The engine goes on with it by itself, and it may have ended by now. */
    override fun act(engine: Engine): Boolean = true
}
