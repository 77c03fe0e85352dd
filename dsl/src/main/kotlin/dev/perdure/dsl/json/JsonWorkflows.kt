package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.Names
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.DefinitionRecord
import dev.perdure.core.spi.Store

/**
 * Makes workflows of texts in the JSON format. They are workflows like any other: register them with an engine.
 *
 * ```
 * val agents = agents { agent("greet") { input -> "Hello, ${input["name"]}" } }
 * val greeting = JsonWorkflows.read(Path("greeting.json").readText(), agents)
 * store.engine(greeting).use { engine -> engine.start(greeting, mapOf("name" to "Ada"), id = "ada").await<String>() }
 * ```
 *
 * A run's input and output are plain data; the output is that of the last step in the chain from `start_step`. Each
 * step is a node by its id, so `items[3]/charge` is step `charge` in the fourth iteration of loop `items`; the branches
 * of a conditional are called `then` and `else`. What a block yields is recorded under a part of it: `#join` of a
 * parallel or fork_join, `#yield` of a conditional or loop.
 *
 * Where the format leaves a choice:
 * * an iteration that failed under `continue` is `{"error": {"type", "message", "path"}}`;
 * * the `timeout_seconds` of an agent is for each attempt, the `retry` counts what an agent throws unless that is an
 *   [AgentException] that says otherwise, and a reference to a field that is not there is never tried again;
 * * a `wait_for_event` whose timeout is over fails with TIMED_OUT, and a `sleep` yields null;
 * * of a fork_join branch whose timeout is over, the step that it is at ends TIMED_OUT and the branch fails;
 * * a `sub_workflow` runs the newest version that the engine knows, and fails when that fails.
 */
public object JsonWorkflows {
    /**
     * The workflow that [text] says, which calls [agents].
     *
     * @throws DefinitionException with every mistake that was found, each with its step's id and JSON path: those of
     * the text, and agents and workflows that are not known
     */
    @JvmStatic
    @JvmOverloads
    public fun read(
        text: String,
        agents: Agents,
        options: JsonOptions = JsonOptions.DEFAULT,
    ): Workflow<Any?, Any?> {
        val file =
            readWorkflowFile(text, options.limits) { file, problems ->
                NameCheck(agents, options, problems).check(file)
            }
        return FileCompiler(file, versionOf(file, options), agents).compile().madeOf(file)
    }

    /**
     * The text of a workflow that [read] made: what was read, in a fixed order of fields, without those that have their
     * defaults. Reading it with the same agents and options gives the same workflow, and writing that the same
     * text.
     *
     * @throws PerdureException INVALID_ARGUMENT for a workflow that was made in another way: its bodies are code, which
     * no text has
     */
    @JvmStatic
    public fun write(workflow: Workflow<*, *>): String {
        val file = workflow.origin() as? WorkflowFile
        if (file == null) {
            val what = "workflow ${Names.quoted(workflow.name())} was not read by JsonWorkflows, so it has no JSON text"
            throw PerdureException(ErrorCode.INVALID_ARGUMENT, "$what; its structure is in Workflow.graph()")
        }
        return writeWorkflowFile(file)
    }

    /**
     * The workflows that [store] has the texts of, which call [agents]: with them, an engine goes on with every run that a text
     * started. The store gets a text with [EngineBuilder.register][dev.perdure.core.engine.EngineBuilder.register].
     *
     * ```
     * val stored = JsonWorkflows.stored(store, agents)
     * Engine.builder(store).register(*stored.workflows.toTypedArray()).open()
     * ```
     *
     * A text that cannot be used here, say because an agent of it is not known, keeps none of the others from being used.
     *
     * @param options its version counts for nothing: each text has the version that it was saved under
     * @throws dev.perdure.core.spi.StoreException when the store cannot be read
     */
    @JvmStatic
    @JvmOverloads
    public fun stored(
        store: Store,
        agents: Agents,
        options: JsonOptions = JsonOptions.DEFAULT,
    ): StoredWorkflows {
        val workflows = ArrayList<Workflow<Any?, Any?>>()
        val unusable = LinkedHashMap<DefinitionRecord, DefinitionException>()
        for (definition in store.definitions()) {
            try {
                workflows += read(definition, agents, options)
            } catch (problem: DefinitionException) {
                unusable[definition] = problem
            }
        }
        return StoredWorkflows(workflows, unusable)
    }

    private fun read(
        definition: DefinitionRecord,
        agents: Agents,
        options: JsonOptions,
    ): Workflow<Any?, Any?> {
        val workflow = read(definition.text(), agents, options.version(definition.version()))
        if (workflow.name() != definition.name()) {
            val other = "the text that is kept under this name is of workflow ${Names.quoted(workflow.name())}"
            throw DefinitionException(definition.name(), listOf(other))
        }
        return workflow
    }

    private fun versionOf(
        file: WorkflowFile,
        options: JsonOptions,
    ): Int = checkNotNull(options.version ?: numberOf(file.version)) { "versions are checked before" }
}

/** A text's version as a number, null where it is none. */
internal fun numberOf(version: String): Int? = version.takeIf(NUMBER::matches)?.toIntOrNull()

private val NUMBER = Regex("[1-9][0-9]*")

/** Reports names that mean nothing to this program. */
private class NameCheck(
    private val agents: Agents,
    private val options: JsonOptions,
    private val problems: FileProblems,
) {
    fun check(file: WorkflowFile) {
        checkVersion(file.version)
        file.steps.values.forEach { step ->
            when (step) {
                is AgentStep -> {
                    checkAgent(step)
                }

                is SubWorkflowStep -> {
                    checkWorkflow(step)
                }

                is ParallelStep, is ConditionalStep, is LoopStep, is ForkJoinStep, is SleepStep, is EventStep -> {}
            }
        }
    }

    private fun checkVersion(version: String) {
        val number = numberOf(version)
        val path = JsonPath.ROOT / "version"
        if (version.isBlank()) {
            return // reported where it was read
        }
        if (options.version == null && number == null) {
            val what = "version ${Names.quoted(version)} is not a whole number from 1, which engines count versions by"
            val help = "make it one, or give a number beside the text with JsonOptions.version"
            problems.add(path, null, "$what; $help")
        } else if (options.version != null && number != null && options.version != number) {
            val what = "the text has version $number, but version ${options.version} was asked for"
            problems.add(path, null, "$what; use one of them")
        }
    }

    private fun checkAgent(step: AgentStep) {
        if (step.agent.isNotBlank() && agents[step.agent] == null) {
            val what = "there is no agent ${Names.quoted(step.agent)}; there is ${listed(agents.names)}"
            problems.add(JsonPath.ROOT / "steps" / step.id / "agent_name", step.id, what)
        }
    }

    private fun checkWorkflow(step: SubWorkflowStep) {
        val known = options.workflows
        if (known != null && step.workflow.isNotBlank() && step.workflow !in known) {
            val what = "there is no workflow ${Names.quoted(step.workflow)}; there is ${listed(known)}"
            problems.add(JsonPath.ROOT / "steps" / step.id / "workflow", step.id, what)
        }
    }

    private fun listed(names: Set<String>): String {
        val shown = names.take(MOST_NAMES).joinToString { Names.quoted(it) }
        return if (names.isEmpty()) "none" else shown + if (names.size > MOST_NAMES) ", …" else ""
    }

    private companion object {
        const val MOST_NAMES = 20
    }
}
