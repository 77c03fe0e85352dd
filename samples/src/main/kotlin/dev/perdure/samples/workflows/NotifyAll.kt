package dev.perdure.samples.workflows

import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.CompleteAll
import dev.perdure.dsl.fixed
import dev.perdure.dsl.workflow
import kotlinx.serialization.Serializable
import org.slf4j.LoggerFactory
import kotlin.time.Duration.Companion.milliseconds

/** How one channel fared: what it answered, or why it did not. */
@Serializable
data class Delivery(val channel: String, val receipt: String?, val error: String?)

private val log = LoggerFactory.getLogger("dev.perdure.samples.notify_all")

/** Tells somebody by all channels. One that fails does not keep the others from it; the results are logged. */
fun notifyAll(services: Services): Workflow<String, List<Delivery>> =
    workflow<String, List<Delivery>>("notify_all", version = 1) {
        val deliveries =
            parallel("channels", onError = CompleteAll) {
                val email =
                    step("email", retry = fixed(maxAttempts = 3, delay = 50.milliseconds)) {
                        services.sendEmail(input, attempt)
                    }
                val text = step("text") { services.sendText(input) }
                val push = step("push") { services.push(input) }
                join {
                    listOf("email" to email, "text" to text, "push" to push).map { (channel, branch) ->
                        Delivery(channel, branch.orNull(), error(branch)?.message())
                    }
                }
            }
        step("log_results") {
            deliveries().onEach { (channel, receipt, error) ->
                if (error == null) log.info("{}: {}", channel, receipt) else log.warn("{} failed: {}", channel, error)
            }
        }
    }

/** `notify_all` on SQLite; see [runOnSqlite]. */
fun main(args: Array<String>) = runOnSqlite(args, notifyAll(Services()), "zoe@example.com")
