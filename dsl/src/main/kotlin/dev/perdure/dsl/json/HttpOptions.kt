package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.Names
import dev.perdure.core.PerdureException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration
import kotlin.time.toKotlinDuration

/**
 * How an HTTP agent is called. Immutable: each function gives a changed copy.
 *
 * The input is sent as JSON by POST, with the step's idempotency key in the header `Idempotency-Key` (percent-encoded
 * where it has other characters than visible ASCII). An answer of 2xx is the output, JSON in UTF-8; one without a body
 * is null. Answers of 5xx and 429, a timeout and faults of the network are worth another attempt, anything else fails
 * the step at once. Redirects are never followed. Messages name the endpoint without its query, and never show what was
 * sent or answered.
 *
 * ```java
 * HttpOptions.DEFAULT.timeout(Duration.ofSeconds(10)).header("X-Api-Key", key)
 * ```
 */
public class HttpOptions private constructor(
    internal val timeout: Duration,
    internal val maxAnswerBytes: Int,
    internal val headers: Map<String, String>,
    internal val client: HttpClient?,
) {
    /**
     * How long one attempt may take from its begin to the end of the answer; 30 seconds unless given.
     *
     * @throws PerdureException INVALID_ARGUMENT unless positive
     */
    public fun timeout(limit: java.time.Duration): HttpOptions = timeout(limit.toKotlinDuration())

    /** As above. */
    @JvmSynthetic
    public fun timeout(limit: Duration): HttpOptions {
        requireThat(limit.isPositive()) { "the timeout of an HTTP agent is $limit; expected more than zero" }
        return HttpOptions(limit, maxAnswerBytes, headers, client)
    }

    /**
     * The longest answer, in bytes; 4 MiB unless given. A longer one fails the step, and is not read to its end.
     *
     * @throws PerdureException INVALID_ARGUMENT unless positive
     */
    public fun maxAnswerBytes(most: Int): HttpOptions {
        requireThat(most > 0) { "the longest answer of an HTTP agent is $most bytes; expected 1 or more" }
        return HttpOptions(timeout, most, headers, client)
    }

    /**
     * Sends a header with each request; one that is given twice has the later value.
     *
     * @throws PerdureException INVALID_ARGUMENT for a name or value that HTTP does not allow, or a name that is not
     * free
     */
    public fun header(
        name: String,
        value: String,
    ): HttpOptions {
        val isFree = OWN_HEADERS.none { it.equals(name, ignoreCase = true) }
        requireThat(isFree && isSendable(name, value)) {
            "header ${Names.quoted(name)} of an HTTP agent cannot be set: either its name is reserved or malformed, " +
                "or its value has characters that a header cannot have"
        }
        val others = headers.filterKeys { !it.equals(name, ignoreCase = true) }
        return HttpOptions(timeout, maxAnswerBytes, others + (name to value), client)
    }

    /**
     * Calls with a client of your own, for a proxy, other certificates, or a limit for connecting; it stays yours.
     *
     * @throws PerdureException INVALID_ARGUMENT where it follows redirects
     */
    public fun client(own: HttpClient): HttpOptions {
        requireThat(own.followRedirects() == HttpClient.Redirect.NEVER) {
            "the client of an HTTP agent follows redirects (${own.followRedirects()}), which could send input and " +
                "headers to another host; build it with followRedirects(NEVER)"
        }
        return HttpOptions(timeout, maxAnswerBytes, headers, own)
    }

    /** The names of the headers only, so that no log ever shows a value. */
    override fun toString(): String =
        "HttpOptions(timeout=$timeout, maxAnswerBytes=$maxAnswerBytes, headers=${headers.keys}, " +
            "client=${if (client == null) "shared" else "own"})"

    public companion object {
        /** 30 seconds, 4 MiB, no further headers. */
        @JvmField
        public val DEFAULT: HttpOptions = HttpOptions(30.seconds, 4 * 1024 * 1024, emptyMap(), null)

        internal const val IDEMPOTENCY_KEY = "Idempotency-Key"
        internal const val CONTENT_TYPE = "Content-Type"
        private const val ACCEPT = "Accept"
        private val OWN_HEADERS = listOf(IDEMPOTENCY_KEY, CONTENT_TYPE, ACCEPT)
        private val ANYWHERE = URI("http://localhost")

        internal fun newClient(): HttpClient =
            HttpClient
                .newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(10.seconds.toJavaDuration())
                .build()

        /** The platform's own rule, whose message would show the value. */
        private fun isSendable(
            name: String,
            value: String,
        ): Boolean =
            try {
                HttpRequest.newBuilder(ANYWHERE).header(name, value)
                value.all { it.code in 0x20..0x7E || it == '\t' } // others are sent as question marks
            } catch (_: IllegalArgumentException) {
                false
            }

        internal fun requireThat(
            isGood: Boolean,
            message: () -> String,
        ) {
            if (!isGood) {
                throw PerdureException(ErrorCode.INVALID_ARGUMENT, message())
            }
        }
    }
}
