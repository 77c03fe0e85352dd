package dev.perdure.samples.workflows

import kotlinx.coroutines.delay
import java.io.IOException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * What the workflows call, simulated: every call takes a moment, and what it does follows from its arguments. A real service
 * would take the step's idempotency key, as [createUser] does, to recognise a call that it has seen.
 */
class Services(private val latency: Duration = 30.milliseconds) {
    suspend fun createUser(
        user: NewUser,
        key: String,
    ): User = answer(User("user-${Integer.toHexString(key.hashCode())}", user.name, user.email))

    /** The mail server is busy at the first attempt. */
    suspend fun sendEmail(
        to: String,
        attempt: Int,
    ): String {
        delay(latency)
        if (attempt == 1) {
            throw IOException("mail server: 451 try again later")
        }
        return "email to $to"
    }

    suspend fun createWorkspace(userId: String): String = answer("space of $userId")

    suspend fun openAccount(userId: String): String = answer("account of $userId")

    suspend fun issueCard(account: String): String = answer("card of $account")

    suspend fun countOrders(tenant: String): Int = answer(tenant.length * 12)

    suspend fun countUsers(tenant: String): Int = answer(tenant.length * 3)

    suspend fun revenue(tenant: String): Int = answer(tenant.length * 1_250)

    /** There is no number for anyone. */
    suspend fun sendText(to: String): String {
        delay(latency)
        throw IllegalArgumentException("$to has no phone number")
    }

    suspend fun push(to: String): String = answer("push to $to")

    private suspend fun <T> answer(value: T): T {
        delay(latency)
        return value
    }
}
