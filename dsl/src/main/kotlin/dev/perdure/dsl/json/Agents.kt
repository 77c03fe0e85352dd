package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.Names
import dev.perdure.core.PerdureException
import dev.perdure.dsl.PerdureDsl
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runInterruptible
import java.net.URI
import java.net.http.HttpClient
import java.util.Collections
import java.util.function.Function

/**
 * What workflows of the JSON format can call by name: functions in Kotlin and Java, and HTTP endpoints. Immutable.
 *
 * An agent gets the step's resolved input mapping in plain data, and what it returns is the step's output: plain data,
 * or anything that has a kotlinx serializer. It runs at least once for each time that its step does, so one with an
 * effect uses [AgentScope.idempotencyKey].
 *
 * Make them with [agents] in Kotlin, and in Java with a builder:
 *
 * ```java
 * Agents agents = Agents.builder().agent("summarise", input -> summaries.of((String) input.get("text"))).build();
 * ```
 */
public class Agents internal constructor(
    byName: Map<String, Agent>,
    private val otherwise: Agent? = null,
) {
    private val byName = LinkedHashMap(byName)

    /** Their names, in the order in which they were added. */
    @get:JvmName("names")
    public val names: Set<String> get() = Collections.unmodifiableSet(byName.keys)

    internal operator fun get(name: String): Agent? = byName[name] ?: otherwise

    override fun toString(): String = "Agents$names"

    public companion object {
        /**
         * Stands for agents of any name, for programs that only look at workflows: check texts, draw them, explain runs. A
         * step that calls one fails at once.
         */
        @JvmField
        public val ANY: Agents =
            Agents(emptyMap()) { scope, _ ->
                throw AgentException(
                    "step \"${scope.path}\" calls an agent that this program does not have",
                    isRetryable = false,
                )
            }

        /** Makes agents in Java. */
        @JvmStatic
        public fun builder(): AgentsBuilder = AgentsBuilder()
    }
}

/**
 * Makes the agents of JSON workflows:
 *
 * ```
 * val agents = agents {
 *     agent("summarise") { input -> model.summarise(input["text"] as String) }
 *     http("translate", URI("https://translate.example.com/v1")) { timeout(10.seconds).header("X-Api-Key", key) }
 * }
 * ```
 *
 * @throws PerdureException INVALID_NAME or INVALID_ARGUMENT for an agent that cannot be meant
 */
public fun agents(block: AgentsScope.() -> Unit): Agents = AgentsScope().apply(block).added.build()

/** Where agents are added in Kotlin; see [agents]. Confined to one thread. */
@PerdureDsl
public class AgentsScope internal constructor() {
    internal val added = AgentsBuilder()

    /** Adds a suspending function; cancelling its step cancels it. */
    public fun agent(
        name: String,
        body: suspend AgentScope.(input: Map<String, Any?>) -> Any?,
    ) {
        added.add(name) { scope, input -> scope.body(input) }
    }

    /** Adds an HTTP endpoint; see [HttpOptions]. */
    public fun http(
        name: String,
        uri: URI,
        options: HttpOptions.() -> HttpOptions = { this },
    ) {
        added.http(name, uri, HttpOptions.DEFAULT.options())
    }
}

/** Where agents are added in Java; see [Agents]. Confined to one thread. */
public class AgentsBuilder internal constructor() {
    private val byName = LinkedHashMap<String, Agent>()

    /** One for all endpoints, so that they share its connections; its threads end when nobody can use it any more. */
    private val client by lazy(LazyThreadSafetyMode.SYNCHRONIZED) { HttpOptions.newClient() }

    /** Adds a function of the input. It runs on [Dispatchers.IO] and may block; cancelling its step interrupts it. */
    public fun agent(
        name: String,
        function: Function<Map<String, @JvmSuppressWildcards Any?>, out Any?>,
    ): AgentsBuilder = add(name) { _, input -> runInterruptible(Dispatchers.IO) { function.apply(input) } }

    /** As above, for one that looks at the step that calls it. */
    public fun agent(
        name: String,
        agent: BlockingAgent,
    ): AgentsBuilder = add(name) { scope, input -> runInterruptible(Dispatchers.IO) { agent.run(scope, input) } }

    /** Adds an HTTP endpoint; see [HttpOptions]. */
    @JvmOverloads
    public fun http(
        name: String,
        uri: URI,
        options: HttpOptions = HttpOptions.DEFAULT,
    ): AgentsBuilder {
        val endpoint = Endpoint(name, uri, options)
        val own: HttpClient? = options.client
        return add(name) { scope, input -> HttpAgent(endpoint, own ?: client).run(scope, input) }
    }

    /** The agents that were added. */
    public fun build(): Agents = Agents(byName)

    internal fun add(
        name: String,
        agent: Agent,
    ): AgentsBuilder {
        Names.requireValid("an agent's name", name)
        if (byName.putIfAbsent(name, agent) != null) {
            throw PerdureException(
                ErrorCode.INVALID_ARGUMENT,
                "two agents are called ${Names.quoted(name)}; give each a name of its own",
            )
        }
        return this
    }
}
