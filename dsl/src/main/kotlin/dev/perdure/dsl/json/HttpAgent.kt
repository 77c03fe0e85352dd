package dev.perdure.dsl.json

import dev.perdure.core.Json
import dev.perdure.core.Names
import dev.perdure.core.PerdureException
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/**
 * Where an HTTP agent is.
 *
 * @throws PerdureException INVALID_ARGUMENT for an address that cannot be called
 */
internal class Endpoint(name: String, val uri: URI, val options: HttpOptions) {
    /** Without the query, which may hold secrets. */
    private val agent = "agent ${Names.quoted(name)}"
    private val shown = "$agent (POST ${uri.scheme}://${uri.host}${portText(uri)}${uri.rawPath.orEmpty()})"

    init {
        HttpOptions.requireThat(uri.scheme.equals("http", true) || uri.scheme.equals("https", true)) {
            "$agent: its address has scheme \"${uri.scheme}\"; expected http or https"
        }
        HttpOptions.requireThat(uri.host != null) { "$agent: its address has no host" }
        HttpOptions.requireThat(uri.userInfo == null) {
            "$agent: its address has a user and password, which would not be sent; give them as a header"
        }
    }

    private fun portText(uri: URI): String = if (uri.port < 0) "" else ":${uri.port}"

    override fun toString(): String = shown
}

/** Calls an endpoint; one for each call. */
internal class HttpAgent(private val endpoint: Endpoint, private val client: HttpClient) : Agent {
    private val options = endpoint.options

    override suspend fun run(
        scope: AgentScope,
        input: Map<String, Any?>,
    ): Any? {
        val request = request(scope.idempotencyKey, input)
        val answer =
            withTimeoutOrNull(options.timeout) { send(request) }
                ?: throw failure("did not answer within ${options.timeout}", isRetryable = true)
        return outputOf(answer)
    }

    private fun request(
        key: String,
        input: Map<String, Any?>,
    ): HttpRequest {
        val request = HttpRequest.newBuilder(endpoint.uri).POST(HttpRequest.BodyPublishers.ofString(Json.write(input)))
        options.headers.forEach { (name, value) -> request.header(name, value) }
        return request
            .header(HttpOptions.CONTENT_TYPE, "application/json")
            .header("Accept", "application/json")
            .header(HttpOptions.IDEMPOTENCY_KEY, inVisibleAscii(key))
            .build()
    }

    /** Cancelling aborts the exchange. */
    private suspend fun send(request: HttpRequest): HttpResponse<ByteArray> =
        suspendCancellableCoroutine { waiting ->
            val sent = client.sendAsync(request) { AnswerBody.of(it.statusCode(), options.maxAnswerBytes) }
            waiting.invokeOnCancellation { sent.cancel(true) }
            sent.whenComplete { answer, thrown ->
                if (thrown == null) waiting.resume(answer) else waiting.resumeWithException(faultOf(thrown))
            }
        }

    private fun faultOf(thrown: Throwable): AgentException {
        val causes = generateSequence(thrown) { it.cause }.take(MAX_CAUSES).toList()
        if (causes.any { it is AnswerTooLong }) {
            return failure(
                "answered more than ${options.maxAnswerBytes} bytes, which is its limit",
                isRetryable = false,
            )
        }
        val fault = causes.firstOrNull { it !is java.util.concurrent.CompletionException } ?: thrown
        return failure("could not be called: ${fault.javaClass.name}", isRetryable = true)
    }

    private fun outputOf(answer: HttpResponse<ByteArray>): Any? {
        val status = answer.statusCode()
        return when (status) {
            in 200..299 -> read(status, answer.body())
            in 300..399 -> throw failure("answered $status, a redirect; none is followed, so $GIVE_FINAL", false)
            else -> throw failure("answered $status", isRetryable = status >= 500 || status == TOO_MANY_REQUESTS)
        }
    }

    /** Says nothing of what was answered, so the reader's own message stays out. */
    private fun read(
        status: Int,
        body: ByteArray,
    ): Any? {
        if (body.isEmpty()) {
            return null
        }
        try {
            val text = Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body))
            return Json.read(text.toString())
        } catch (_: CharacterCodingException) {
            throw failure("answered $status with bytes that are not UTF-8", isRetryable = false)
        } catch (_: PerdureException) {
            throw failure("answered $status with a text that is not JSON", isRetryable = false)
        }
    }

    private fun failure(
        what: String,
        isRetryable: Boolean,
    ) = AgentException("$endpoint $what", isRetryable)

    private companion object {
        const val TOO_MANY_REQUESTS = 429
        const val GIVE_FINAL = "give the agent its final address"
        const val MAX_CAUSES = 20

        /** Different keys stay different, so the percent sign is encoded too. */
        fun inVisibleAscii(key: String): String =
            buildString {
                key.toByteArray(Charsets.UTF_8).forEach { byte ->
                    val code = byte.toInt() and 0xFF
                    if (code in 0x21..0x7E && code != '%'.code) append(code.toChar()) else append("%%%02X".format(code))
                }
            }
    }
}
