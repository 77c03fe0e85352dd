package dev.perdure.dsl.json

import dev.perdure.core.Names
import dev.perdure.core.definition.SignalNames
import dev.perdure.dsl.json.Reference.Source
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** Reads one step; what is wrong with it becomes problems, and a stand-in lets the other checks go on. */
internal class StepReader(
    private val id: String,
    private val fields: Fields,
    private val problems: FileProblems,
) {
    private val next = fields.optionalId("next_step")

    fun read(): FileStep {
        val written = fields.name("id")
        if (written != id && written.isNotBlank()) {
            fields.problem(
                "id",
                "it is ${Names.quoted(written)}, but its key in steps is ${Names.quoted(id)}; make them equal",
            )
        }
        val type = fields.raw("type") ?: AGENT
        val reader = TYPES[type]
        if (reader == null) {
            fields.wrong("type", type, Fields.oneOf(TYPES.keys))
            return standIn(id, next)
        }
        return reader().also { fields.refuseOthers("a step of type $type") }
    }

    private fun agent(): FileStep =
        AgentStep(id, next, fields.name("agent_name"), input(), retry(), fields.timeout("timeout_seconds"))

    private fun retry(): FileRetry {
        val retry = fields.inner("retry", isOptional = true) ?: return FileRetry.NONE
        return FileRetry(
            maxAttempts = retry.whole("max_attempts", 1..MAX_ATTEMPTS, FileRetry.NONE.maxAttempts.toLong()).toInt(),
            initialDelay = delay(retry, "initial_delay_ms", FileRetry.NONE.initialDelay),
            maxDelay = delay(retry, "max_delay_ms", FileRetry.NONE.maxDelay),
            multiplier = retry.decimal("backoff_multiplier", MULTIPLIERS, FileRetry.NONE.multiplier),
            jitter = retry.decimal("jitter", 0L..1L, FileRetry.NONE.jitter),
        ).also { retry.refuseOthers("retry") }
    }

    private fun delay(
        retry: Fields,
        name: String,
        default: Duration,
    ): Duration = retry.whole(name, 0..Fields.MAX_SECONDS * MILLIS, default.inWholeMilliseconds).milliseconds

    private fun parallel(): FileStep {
        val children = fields.ids("parallel_steps", 2)
        val isFailFast = fields.choice("on_error", mapOf("complete_all" to false, "fail_fast" to true), false)
        return ParallelStep(id, next, children, fields.limit("max_parallelism"), isFailFast)
    }

    private fun conditional(): FileStep {
        val ifTrue = fields.optionalId("if_true_step")
        val ifFalse = fields.optionalId("if_false_step")
        if (fields.raw("if_true_step") == null && fields.raw("if_false_step") == null) {
            problems.add(fields.path, id, "it has no branch; give it if_true_step, if_false_step or both")
        }
        val condition =
            fields.inner("condition")?.let { inner ->
                condition(inner).also { inner.refuseOthers("condition") }
            }
        return ConditionalStep(id, next, condition ?: NO_CONDITION, ifTrue, ifFalse)
    }

    private fun condition(inner: Fields): Condition? {
        val text = inner.raw("expression")
        if (text !is String) {
            inner.wrong("expression", text, "a condition, such as \"\${step.output.field} == 1\"")
            return null
        }
        return try {
            parseCondition(text)
        } catch (malformed: MalformedExpression) {
            malformed(inner.path / "expression", malformed)
            null
        }
    }

    private fun loop(): FileStep {
        val config =
            fields.inner("loop_config")
                ?: return LoopStep(id, next, NO_LIST, emptyList(), false, 0, 0, LoopOnError.STOP)
        return LoopStep(
            id = id,
            next = next,
            collection = collection(config),
            body = config.ids("loop_body", 1),
            isParallel = config.choice("execution_mode", mapOf("sequential" to false, "parallel" to true), false),
            maxParallelism = config.limit("max_parallelism"),
            maxIterations = config.limit("max_iterations"),
            onError = config.choice("on_error", Fields.words<LoopOnError>(), LoopOnError.STOP),
        ).also { config.refuseOthers("loop_config") }
    }

    private fun collection(config: Fields): Reference {
        val text = config.raw("collection")
        val template =
            try {
                (text as? String)?.let(::parseTemplate)
            } catch (malformed: MalformedExpression) {
                malformed(config.path / "collection", malformed)
                return NO_LIST
            }
        if (template !is ReferenceTemplate) {
            config.wrong(
                "collection",
                text,
                "one reference to a list and nothing else, such as \"\${workflow.input.items}\"",
            )
            return NO_LIST
        }
        return template.reference
    }

    private fun forkJoin(): FileStep {
        val config = fields.inner("fork_join_config")
        val step = ForkJoinStep(id, next, emptyMap(), FilePolicy.ALL, 0, false)
        return if (config == null) step else ForkJoinReader(id, config, problems).read(step)
    }

    private fun sleep(): FileStep = SleepStep(id, next, fields.duration("duration_seconds"))

    private fun event(): FileStep {
        val event = fields.name("event_name")
        if (event.startsWith(SignalNames.RESERVED)) {
            fields.problem("event_name", "it begins with \"${SignalNames.RESERVED}\", which no event of a user's does")
        }
        return EventStep(id, next, event, fields.timeout("timeout_seconds"))
    }

    private fun subWorkflow(): FileStep = SubWorkflowStep(id, next, fields.name("workflow"), input())

    private fun input(): Map<String, Template> {
        val input = fields.inner("input_mapping", isOptional = true) ?: return emptyMap()
        return input.keys().associateWith { templateOf(input.raw(it), input.path / it, ::malformed) }
    }

    private fun malformed(
        path: JsonPath,
        malformed: MalformedExpression,
    ) = problems.add(path, id, "at index ${malformed.at}: ${malformed.message}")

    companion object {
        private const val AGENT = "agent"
        private const val MAX_ATTEMPTS = 10_000L
        private const val MILLIS = 1_000
        private val MULTIPLIERS = 1L..1_000L

        /** For a step of which not even the type could be read. */
        fun standIn(
            id: String,
            next: String?,
        ): FileStep = AgentStep(id, next, "", emptyMap(), FileRetry.NONE, null)

        /** Stand-ins for what could not be read. */
        private val NO_LIST = Reference(Source.Input, emptyList(), "\${workflow.input}")
        private val NO_CONDITION = ParsedCondition("true", emptyList(), Expression.Literal(true))

        private val TYPES: Map<String, StepReader.() -> FileStep> =
            mapOf(
                AGENT to StepReader::agent,
                "parallel" to StepReader::parallel,
                "conditional" to StepReader::conditional,
                "loop" to StepReader::loop,
                "fork_join" to StepReader::forkJoin,
                "sleep" to StepReader::sleep,
                "wait_for_event" to StepReader::event,
                "sub_workflow" to StepReader::subWorkflow,
            )
    }
}
