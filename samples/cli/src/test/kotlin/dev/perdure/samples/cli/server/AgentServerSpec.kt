package dev.perdure.samples.cli.server

import dev.perdure.core.Json
import dev.perdure.samples.cli.Cli
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import kotlin.io.path.readText
import kotlin.time.Duration.Companion.seconds

class AgentServerSpec :
    FunSpec({
        val server = AgentServer(0)
        val client = HttpClient.newHttpClient()
        afterSpec { server.close() }

        fun send(
            agent: String,
            body: String?,
            key: String = "k",
        ): HttpResponse<String> {
            val request =
                HttpRequest
                    .newBuilder(
                        URI("http://127.0.0.1:${server.port}/$agent"),
                    ).header("Idempotency-Key", key)
            val whole = if (body == null) request.GET() else request.POST(BodyPublishers.ofString(body))
            return client.send(whole.build(), BodyHandlers.ofString())
        }

        test("an agent answers with JSON, and a busy one with 503 at first") {
            val answer = send("classify", "{\"text\": \"The train and the hotel.\"}", "a")
            (answer.statusCode() to Json.read(answer.body())) shouldBe (200 to mapOf("topic" to "travel", "hits" to 2L))
            send("translate", "{\"text\": \"good\"}", "b").statusCode() shouldBe 503
            Json.read(send("translate", "{\"text\": \"good\"}", "b").body()) shouldBe
                mapOf("text" to "gut", "language" to "de")
        }

        test("how often each idempotency key came can be asked for, as it was before it was encoded") {
            send("classify", "{\"text\": \"\"}", "r+1/items%5B0%5D/%25")
            (Json.read(send("calls", null).body()) as Map<*, *>)["r+1/items[0]/%"] shouldBe 1L
            server.calls()["r+1/items[0]/%"] shouldBe 1
        }

        test("what cannot be worked on is refused for good") {
            send("nobody", "{}").statusCode() shouldBe 404
            send("classify", null).statusCode() shouldBe 405
            send("classify", "[]").statusCode() shouldBe 400
            send("classify", "{").statusCode() shouldBe 400
            send("classify", "{\"text\": \"${"x".repeat(1 shl 20)}\"}").statusCode() shouldBe 400
            send("classify", "{\"text\": 1}").statusCode() shouldBe 422
            send("review-strict", "{\"text\": \"No!\"}").statusCode() shouldBe 422
        }

        test("the file of agents that comes with the examples has the agents of the server, at its usual port") {
            val file =
                Json.read(
                    java.nio.file.Path
                        .of(Cli.example("agents.json"))
                        .readText(),
                )
            file shouldBe Json.read(server.agentsFile(30.seconds).replace(":${server.port}/", ":8585/"))
        }
    })
