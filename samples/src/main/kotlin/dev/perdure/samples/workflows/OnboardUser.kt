package dev.perdure.samples.workflows

import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.exponential
import dev.perdure.dsl.workflow
import kotlinx.serialization.Serializable
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

@Serializable
data class NewUser(val name: String, val email: String)

@Serializable
data class User(val id: String, val name: String, val email: String)

@Serializable
data class Setup(val messageId: String, val workspace: String, val card: String)

@Serializable
data class Welcome(val user: User, val setup: Setup)

/** Creates a user, then sends the welcome, makes a workspace and sets up billing at the same time. */
fun onboardUser(services: Services): Workflow<NewUser, Welcome> =
    workflow<NewUser, Welcome>("onboard_user", version = 1) {
        val user = step("create_user") { services.createUser(input, key = idempotencyKey) }
        val setup =
            parallel("setup", retry = exponential(maxAttempts = 5, initial = 50.milliseconds), maxParallelism = 2) {
                val mail = step("welcome_email") { services.sendEmail(user().email, attempt) }
                val space = step("workspace", timeout = 30.seconds) { services.createWorkspace(user().id) }
                val billing =
                    branch("billing") {
                        val account = step("account") { services.openAccount(user().id) }
                        step("card") { services.issueCard(account()) }
                    }
                join { Setup(mail(), space(), billing()) }
            }
        step("done") { Welcome(user(), setup()) }
    }

/** `onboard_user` on SQLite; see [runOnSqlite]. */
fun main(args: Array<String>) = runOnSqlite(args, onboardUser(Services()), NewUser("Zoë O'Brien", "zoe@example.com"))
