package dev.perdure.core.graph

import dev.perdure.core.Path
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.AwaitSignal.Mode
import dev.perdure.core.definition.AwaitSignal.OnTimeout
import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.definition.Call
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.Procedure
import dev.perdure.core.definition.RepeatUntil
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import dev.perdure.core.definition.Workflow.Draft
import dev.perdure.core.jackson.JacksonCodec
import dev.perdure.core.journal.Payload
import java.time.Duration

/** Definitions to draw; nothing in them runs. */
object Gallery {
    private val body = BlockingBody { null }

    fun step(
        name: String,
        retry: Retry = Retry.NONE,
    ): Step = Step.of(name, body, ValueTypes.NOTHING, retry)

    fun sequence(
        name: String,
        vararg nodes: Node,
    ) = Sequence(name, nodes.toList())

    fun parallel(
        name: String,
        policy: ParallelPolicy,
        vararg branches: Node,
    ) = Parallel(name, branches.toList(), policy, null)

    fun loop(
        name: String,
        concurrency: Int,
        vararg nodes: Node,
    ) = ForEach(name, step(ForEach.ITEMS), sequence(name, *nodes), concurrency, ForEach.OnError.CONTINUE)

    fun repeat(
        name: String,
        most: Int,
        vararg nodes: Node,
    ) = RepeatUntil(name, sequence(name, *nodes), step(RepeatUntil.UNTIL), most)

    fun choose(
        name: String,
        otherwise: String?,
        vararg clauses: Sequence,
    ) = Choose(name, step(Choose.CHOICE), clauses.toList(), otherwise)

    fun decide(
        name: String,
        vararg targets: Decide.Target,
    ) = Decide(name, step(name), targets.toList())

    fun await(
        name: String,
        mode: Mode,
        vararg signals: String,
        timeout: Duration? = null,
        onTimeout: OnTimeout = if (timeout == null) OnTimeout.Yield(Payload.NULL) else OnTimeout.Fail(),
    ): AwaitSignal {
        val request = if (mode == Mode.APPROVAL || mode == Mode.CALLBACK) step(AwaitSignal.REQUEST) else null
        return AwaitSignal(name, mode, signals.toList(), ValueTypes.NOTHING, timeout, onTimeout, request)
    }

    fun call(
        name: String,
        workflow: String,
        version: Int = 0,
        isDetached: Boolean = false,
    ) = Call(name, workflow, version, step(Call.INPUT), ValueTypes.NOTHING, isDetached)

    fun workflow(
        name: String,
        vararg nodes: Node,
    ): Workflow<*, *> {
        val root = sequence("root", *nodes)
        val nothing = ValueTypes.NOTHING
        val codec = JacksonCodec()
        return Workflow.of(
            Draft(name, 1, nothing, nothing, root, null, null, codec, BlockingBody::class.java),
            emptyList(),
        )
    }

    fun path(text: String): Path = Path.parse(text)

    /** One of everything that can be drawn. */
    fun everything(): Workflow<*, *> =
        workflow(
            "everything",
            step("create", Retry.exponential(5, Duration.ofSeconds(1))).compensatedBy(step("uncreate")),
            parallel(
                "setup",
                ParallelPolicy(
                    Merge.Strict(),
                    ParallelPolicy.OnError.COMPLETE_ALL,
                    Join.atLeast(2),
                    ParallelPolicy.Remaining.AWAIT,
                    2,
                ),
                step("mail"),
                sequence("billing", step("account").compensatedBy(step("close")), step("card")),
                loop("warm", 4, step("page")),
            ),
            Sleep("cool_down", Duration.ofHours(73).plusMillis(5), null, false),
            Sleep("until_monday", null, step(Sleep.TIME), false),
            Sleep("a_while", null, step(Sleep.TIME), true),
            await("approval", Mode.APPROVAL, timeout = Duration.ofDays(7)),
            await("hook", Mode.CALLBACK),
            await("paid", Mode.ONE, "payment"),
            await("first", Mode.ANY, "a", "b", timeout = Duration.ofMinutes(90)),
            await("both", Mode.ALL, "a", "b"),
            choose(
                "decision",
                "reject",
                sequence("granted", step("activate"), call("ship", "shipping", 3)),
                sequence("reject", step("refuse")),
            ),
            choose("extra", null, sequence("gift", call("wrap", "wrapping", isDetached = true))),
            loop("invoices", 8, step("charge"), choose("late", null, sequence("overdue", step("remind")))),
            repeat("poll", 20, step("ask"), Sleep("pause", Duration.ofSeconds(5), null, false)),
            decide("again", Decide.Target("cool_down", 3), Decide.Target("poll", 1), Decide.Target("done", 0)),
            step("report"),
            decide("anywhere"),
            Procedure.of("audit", step("body").body(), ValueTypes.NOTHING),
            step("archive"),
            step("notify"),
            step("done"),
        )

    /** Names as bad as a definition allows. */
    val hostile: List<String> =
        listOf(
            "\"]",
            "end",
            "%% comment",
            "%%{init: {}}%%",
            "a\"]; n1 --> n2",
            "x\\",
            "\\\"; evil [label=\\\"",
            "`md`",
            "#quot;",
            "#35;",
            "&quot;&amp;",
            "<script>alert(1)</script>",
            "<b>|pipe|</b>",
            "style:x#1;",
            "}} }])>)",
            "\\N\\G\\l",
            "Ünïcödé 名前 \uD83D\uDE00",
            "a:::b@{shape: x}",
            "click n1 href",
            "-->",
            "1. list",
            "- list",
            "_em_ *strong*",
            "----",
            "/* c */ // d",
        )

    fun hostile(): Workflow<*, *> =
        workflow(
            "\"; \\ ]%% {evil}",
            *hostile.map { step(it) }.toTypedArray(),
            choose("c", null, *hostile.map { sequence(it, step(it)) }.toTypedArray()),
            loop("\"] end \\", 1, step("}")),
            call("call", "\"]\\"),
        )
}
