package dev.perdure.samples.readme

import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.engine.Engine
import dev.perdure.dsl.Collect
import dev.perdure.dsl.CompleteAll
import dev.perdure.dsl.await
import dev.perdure.dsl.awaitBoth
import dev.perdure.dsl.engine
import dev.perdure.dsl.exponential
import dev.perdure.dsl.procedure
import dev.perdure.dsl.start
import dev.perdure.dsl.workflow
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.delay
import kotlinx.serialization.Serializable
import java.nio.file.Path
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

private suspend fun createUser(
    name: String,
    key: String,
) = "user of $name".also { delay(key.length.milliseconds) }

private suspend fun sendWelcome(user: String) = "mail to $user".also { delay(1.milliseconds) }

private suspend fun createWorkspace(user: String) = "workspace of $user".also { delay(1.milliseconds) }

// region readme-kotlin
@Serializable
data class NewUser(val name: String)

@Serializable
data class Welcome(val user: String, val mail: String, val workspace: String)

val onboarding =
    workflow<NewUser, Welcome>("onboard_user", version = 1) {
        val user = step("create_user") { createUser(input.name, key = idempotencyKey) }
        parallel("setup", retry = exponential(maxAttempts = 5, initial = 1.seconds)) {
            val mail = step("welcome_email") { sendWelcome(user()) }
            val workspace = step("workspace", timeout = 30.seconds) { createWorkspace(user()) }
            join { Welcome(user(), mail(), workspace()) }
        }
    }

suspend fun onboardAda(store: Path): Welcome =
    SqliteStore.open(store).engine(onboarding).use { engine ->
        engine.start(onboarding, NewUser("Ada"), id = "user-42").await<Welcome>()
    }
// endregion

// region readme-collect
val figures =
    workflow("figures") {
        parallel(merge = Collect, onError = CompleteAll) {
            step("orders") { put("count", 12) }
            step("users") { put("count", 3) }
        }
    }
// endregion

// region readme-language
val claims =
    workflow<Int, String>("claim") {
        val booked = step("book") { "booking of $input" } compensate { booking -> println("undone: $booking") }
        val answer =
            approval("sign_off", choices = listOf("pay", "refuse"), timeout = 7.days) {
                ApprovalRequest("Pay $input?", mapOf("booking" to booked()))
            }
        choose("decision") {
            on("pay", { answer()?.choice() == "pay" }) {
                forEach("installments", items = { (1..3).toList() }, concurrency = 2) { number ->
                    sleep("wait") { 10.milliseconds * number() }
                    step("transfer") { increment("paid", input / 3) }
                }
            }
            otherwise { step<Unit>("refuse") { error("refused by ${answer()?.by() ?: "nobody in time"}") } }
        }
        step("close") { "paid ${get<Int>("paid")}" }
    }

fun payAll(engine: Engine) =
    engine.approvals(100, 0).forEach { engine.answer(it.runId(), it.path(), "pay", "Ada", null).join() }
// endregion

// region readme-procedure
val delivery =
    procedure<List<String>, String>("delivery") { items ->
        val payment =
            step("payment", retry = exponential(3, 1.seconds), compensate = { println("paid back: $it") }) { "paid" }
        for (item in items) step("pack") { "packed $item" }
        val (label, invoice) =
            parallel {
                async("label") { step("print") { "label" } } to step("invoice") { "invoice for $payment" }
            }.awaitBoth()
        sleep(10.milliseconds)
        step("ship") { "shipped ${items.size} with $label and $invoice" }
    }
// endregion
