package dev.perdure.samples.cli.server

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URLDecoder
import java.util.TreeMap
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import kotlin.time.Duration

/**
 * One call that an agent was sent.
 *
 * @property key the idempotency key of the step that calls
 * @property number counts the calls with this key from 1
 */
internal class AgentCall(val agent: String, val key: String, val number: Int)

/**
 * A small HTTP server on this machine that answers for agents: `POST /name` with the input as JSON. `GET /calls` says
 * how often each idempotency key came. It keeps no answers: an agent whose work must not be done twice would find it
 * by that key.
 *
 * Thread-safe. A call is worked on by a thread of its own.
 *
 * @param port 0 for any that is free
 * @param busy agents that answer 503 to the first call with a key, so that retries can be seen
 * @param onCall hears of each call before it is worked on, on its thread
 */
internal class AgentServer(
    port: Int,
    private val work: Map<String, AgentWork> = sampleAgents,
    private val busy: Set<String> = setOf("translate"),
    private val onCall: (AgentCall) -> Unit = {},
) : AutoCloseable {
    private val threads: ExecutorService =
        Executors.newCachedThreadPool {
            Thread(
                it,
                "agents",
            ).apply { isDaemon = true }
        }
    private val counts = TreeMap<String, Int>()
    private val http: HttpServer =
        HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0).also {
            it.createContext("/", ::answer)
            it.executor = threads
            it.start()
        }

    val port: Int get() = http.address.port

    /** How often each idempotency key came. */
    fun calls(): Map<String, Int> = synchronized(counts) { TreeMap(counts) }

    /** A file of agents for the commands that is about this server. */
    fun agentsFile(timeout: Duration): String =
        Json.write(
            Plain.of(
                work.keys.associateWith {
                    mapOf("url" to "http://127.0.0.1:$port/$it", "timeout" to timeout.inWholeSeconds)
                },
            ),
        )

    override fun close() {
        http.stop(0)
        threads.shutdownNow()
    }

    private fun answer(exchange: HttpExchange) =
        exchange.use {
            val agent = exchange.requestURI.path.removePrefix("/")
            when {
                exchange.requestMethod == "GET" && agent == "calls" -> {
                    send(exchange, OK, calls())
                }

                exchange.requestMethod != "POST" -> {
                    send(
                        exchange,
                        WRONG_METHOD,
                        error("POST an agent's input, or GET /calls"),
                    )
                }

                work[agent] == null -> {
                    send(exchange, NOT_FOUND, error("there is no agent of that name"))
                }

                else -> {
                    call(exchange, agent)
                }
            }
        }

    private fun call(
        exchange: HttpExchange,
        agent: String,
    ) {
        val key = keyOf(exchange)
        val number = synchronized(counts) { counts.merge(key, 1, Int::plus) ?: 1 }
        onCall(AgentCall(agent, key, number))
        val input = inputOf(exchange)
        when {
            input == null -> send(exchange, BAD_REQUEST, error("expected a JSON object of at most $LONGEST bytes"))
            agent in busy && number == 1 -> send(exchange, BUSY, error("busy; try again"))
            else -> worked(exchange, work.getValue(agent), input)
        }
    }

    /** As it was before it was percent-encoded; a plus sign is one. */
    private fun keyOf(exchange: HttpExchange): String {
        val sent = exchange.requestHeaders.getFirst("Idempotency-Key").orEmpty()
        return URLDecoder.decode(sent.replace("+", "%2B"), Charsets.UTF_8)
    }

    private fun worked(
        exchange: HttpExchange,
        work: AgentWork,
        input: Map<String, Any?>,
    ) {
        try {
            send(exchange, OK, work(input))
        } catch (refused: Refused) {
            send(exchange, REFUSED, error(refused.message.orEmpty()))
        }
    }

    private fun inputOf(exchange: HttpExchange): Map<String, Any?>? {
        val body = exchange.requestBody.readNBytes(LONGEST + 1)
        if (body.size > LONGEST) {
            return null
        }
        return try {
            (Json.read(String(body, Charsets.UTF_8)) as? Map<*, *>)?.entries?.associate { (name, value) ->
                name as String to
                    value
            }
        } catch (_: PerdureException) {
            null
        }
    }

    private fun send(
        exchange: HttpExchange,
        status: Int,
        content: Any,
    ) {
        val body = Json.write(Plain.of(content)).toByteArray()
        exchange.responseHeaders.add("Content-Type", "application/json")
        exchange.sendResponseHeaders(status, body.size.toLong())
        exchange.responseBody.write(body)
    }

    private fun error(message: String) = mapOf("error" to message)

    private companion object {
        const val OK = 200
        const val BAD_REQUEST = 400
        const val NOT_FOUND = 404
        const val WRONG_METHOD = 405
        const val REFUSED = 422
        const val BUSY = 503
        const val LONGEST = 1 shl 20
    }
}

private inline fun HttpExchange.use(block: () -> Unit) {
    try {
        block()
    } finally {
        close()
    }
}
