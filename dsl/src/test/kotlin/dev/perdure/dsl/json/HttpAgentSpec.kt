package dev.perdure.dsl.json

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.spi.TestContext
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.IOException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URI
import java.net.http.HttpClient
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

private const val SECRET = "s3cret"

class HttpAgentSpec :
    FunSpec({
        test("the input goes out as JSON with the step's idempotency key, and the answer is the output") {
            val seen = ConcurrentLinkedQueue<Pair<String, String>>()
            val keys = ConcurrentLinkedQueue<String>()
            serving({ exchange ->
                seen += exchange.requestMethod to exchange.requestBody.readBytes().decodeToString()
                keys += exchange.requestHeaders.getFirst("Idempotency-Key")
                keys += exchange.requestHeaders.getFirst("X-Api-Key")
                keys += exchange.requestHeaders.getFirst("Content-Type")
                exchange.answer(200, """{"text": "grüße", "n": 9007199254740993, "list": [null, 1.5]}""")
            }) { uri ->
                val output = call(uri, mapOf("n" to 1L, "text" to "ü")) { header("X-Api-Key", "k") }
                output shouldBe mapOf("text" to "grüße", "n" to 9007199254740993, "list" to listOf(null, 1.5))
            }
            seen.toList() shouldBe listOf("POST" to "{\"n\":1,\"text\":\"\\u00fc\"}")
            keys.toList() shouldBe listOf("run/items[3]/greet", "k", "application/json")
        }

        test("a key of any characters is sent as one that no other key has") {
            val keys = ConcurrentLinkedQueue<String>()
            serving({ exchange ->
                keys += exchange.requestHeaders.getFirst("Idempotency-Key")
                exchange.answer(204, "")
            }) { uri -> listOf("ü", "%C3%BC", "a b").forEach { call(uri, path = Path.ROOT.child(it)) shouldBe null } }
            keys.toList() shouldBe listOf("run/%C3%BC", "run/%2525C3%2525BC", "run/a%20b")
        }

        test("server errors and 429 are worth another attempt, other statuses are not; messages show no data") {
            val retryable = mapOf(500 to true, 503 to true, 429 to true, 400 to false, 404 to false, 409 to false)
            retryable.forEach { (status, isRetryable) ->
                serving({ it.answer(status, SECRET) }) { uri ->
                    val failed =
                        shouldThrow<AgentException> {
                            call(URI("$uri?key=$SECRET"), mapOf("x" to SECRET)) { header("X-Api-Key", SECRET) }
                        }
                    withClue(status) { failed.isRetryable shouldBe isRetryable }
                    failed.message shouldBe "agent \"greet\" (POST $uri) answered $status"
                    generateSequence<Throwable>(failed) { it.cause }.forEach { "$it" shouldNotContain SECRET }
                }
            }
        }

        test("a redirect is not followed, and fails the step") {
            val paths = ConcurrentLinkedQueue<String>()
            listOf(301, 302, 307, 308).forEach { status ->
                serving({ exchange ->
                    paths += exchange.requestURI.path
                    exchange.responseHeaders.add("Location", "/elsewhere")
                    exchange.answer(status, "")
                }) { uri ->
                    val failed = shouldThrow<AgentException> { call(uri) }
                    failed.isRetryable shouldBe false
                    failed.message shouldContain "answered $status, a redirect"
                }
            }
            paths.toSet() shouldBe setOf("/agent")
        }

        test("an answer that is too long is not read to its end") {
            val isCut = CountDownLatch(1)
            serving({ it.answerForEver(isCut) }) { uri ->
                val failed = shouldThrow<AgentException> { call(uri) { maxAnswerBytes(100_000) } }
                failed.message shouldContain "answered more than 100000 bytes"
                failed.isRetryable shouldBe false
            }
            isCut.await(10, TimeUnit.SECONDS) shouldBe true
        }

        test("an answer may be as long as allowed, to the byte") {
            serving({ it.answer(200, "\"${"x".repeat(98)}\"") }) { uri ->
                (call(uri) { maxAnswerBytes(100) } as String).length shouldBe 98
                shouldThrow<AgentException> { call(uri) { maxAnswerBytes(99) } }
            }
        }

        test("an endpoint that keeps its answer, or the end of it, times out") {
            listOf<(HttpExchange) -> Unit>(
                { },
                {
                    it.sendResponseHeaders(200, 0)
                    it.responseBody.write('"'.code)
                    it.responseBody.flush()
                },
            ).forEach { begin ->
                val end = CountDownLatch(1)
                val slow = { exchange: HttpExchange -> begin(exchange).also { end.await() } }
                serving(slow, { end.countDown() }) { uri ->
                    val failed = shouldThrow<AgentException> { call(uri) { timeout(100.milliseconds) } }
                    failed.isRetryable shouldBe true
                    failed.message shouldContain "did not answer within 100ms"
                }
            }
        }

        test("cancelling the step aborts the request") {
            val isCut = CountDownLatch(1)
            val begun = CountDownLatch(1)
            serving({ exchange -> exchange.answerForEver(isCut) { begun.countDown() } }) { uri ->
                withContext(Dispatchers.Default) {
                    val calling = launch { call(uri) { maxAnswerBytes(Int.MAX_VALUE) } }
                    begun.await()
                    calling.cancelAndJoin()
                }
                isCut.await(10, TimeUnit.SECONDS) shouldBe true
            }
        }

        test("a fault of the network is worth another attempt") {
            lateinit var gone: URI
            serving({ }) { uri -> gone = uri }
            val failed = shouldThrow<AgentException> { call(gone) }
            failed.isRetryable shouldBe true
            failed.message shouldContain "could not be called: java.net.ConnectException"
        }

        test("an answer that is no JSON in UTF-8 fails the step without showing it") {
            val quote = '"'.code.toByte()
            listOf("<p>$SECRET".encodeToByteArray(), byteArrayOf(quote, -1, quote)).forEach { bytes ->
                serving({ it.answer(200, bytes) }) { uri ->
                    val failed = shouldThrow<AgentException> { call(uri) }
                    failed.isRetryable shouldBe false
                    failed.message shouldContain "answered 200 with"
                    failed.stackTraceToString() shouldNotContain SECRET
                }
            }
        }

        test("what cannot be meant is refused when the agent is made, without showing a header's value") {
            fun refused(options: HttpOptions.() -> HttpOptions): String {
                val refusal = shouldThrow<PerdureException> { HttpOptions.DEFAULT.options() }
                refusal.code() shouldBe ErrorCode.INVALID_ARGUMENT
                return refusal.message.orEmpty()
            }
            listOf("Host", "Content-Length", "idempotency-key", "a b", "").forEach { name ->
                refused { header(name, SECRET) } shouldNotContain SECRET
            }
            listOf("$SECRET\r\nX: y", "grüße$SECRET").forEach { value ->
                refused { header("X-Api-Key", value) } shouldNotContain SECRET
            }
            refused { timeout(0.seconds) } shouldContain "more than zero"
            refused { maxAnswerBytes(0) } shouldContain "1 or more"
            val following = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()
            refused { client(following) } shouldContain "followRedirects(NEVER)"
            HttpOptions.DEFAULT.header("X-Api-Key", SECRET).toString() shouldNotContain SECRET
            listOf("ftp://host/x", "http:///x", "https://me:$SECRET@host/").forEach { address ->
                shouldThrow<PerdureException> { agents { http("x", URI(address)) } }.message shouldNotContain SECRET
            }
        }
    })

private suspend fun call(
    uri: URI,
    input: Map<String, Any?> = emptyMap(),
    path: Path =
        Path.ROOT
            .child("items")
            .item(3)
            .child("greet"),
    options: HttpOptions.() -> HttpOptions = { this },
): Any? {
    val agent = checkNotNull(agents { http("greet", uri, options) }["greet"])
    return agent.run(AgentScope(TestContext(path)), input)
}

/** Lends the address of a server that answers with [answer]; [atEnd] lets go of what is held up. */
private suspend fun serving(
    answer: (HttpExchange) -> Unit,
    atEnd: () -> Unit = {},
    block: suspend (URI) -> Unit,
) {
    val threads = Executors.newCachedThreadPool()
    val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
    server.executor = threads
    server.createContext("/agent") { exchange -> exchange.use(answer) }
    server.start()
    try {
        block(URI("http://${server.address.hostString}:${server.address.port}/agent"))
    } finally {
        atEnd()
        server.stop(0)
        threads.shutdown()
        check(threads.awaitTermination(10, TimeUnit.SECONDS)) { "the server did not end" }
    }
}

private inline fun HttpExchange.use(answer: (HttpExchange) -> Unit) {
    try {
        answer(this)
    } finally {
        close()
    }
}

private fun HttpExchange.answer(
    status: Int,
    text: String,
) = answer(status, text.encodeToByteArray())

private fun HttpExchange.answer(
    status: Int,
    body: ByteArray,
) {
    sendResponseHeaders(status, if (body.isEmpty()) -1 else body.size.toLong())
    if (body.isNotEmpty()) responseBody.write(body)
}

/** Writes until the client lets go. */
private fun HttpExchange.answerForEver(
    isCut: CountDownLatch,
    afterFirst: () -> Unit = {},
) {
    sendResponseHeaders(200, 0)
    try {
        while (true) {
            responseBody.write(ByteArray(8192))
            afterFirst()
        }
    } catch (_: IOException) {
        isCut.countDown()
    }
}
