package dev.perdure.storage

import dev.perdure.core.spi.EngineIdentity
import java.net.InetAddress
import java.net.UnknownHostException

/** This process as the owner of a store, for as long as it does what [role] says. */
internal fun thisProcess(role: String): EngineIdentity {
    val host =
        try {
            InetAddress.getLocalHost().hostName
        } catch (_: UnknownHostException) {
            "unknown"
        }
    return EngineIdentity(role, ProcessHandle.current().pid(), host)
}

/** Runs [action] with the thread's interrupt flag down, since an interrupt closes file channels; then puts it back. */
internal inline fun <T> keepingInterrupt(action: () -> T): T {
    val wasInterrupted = Thread.interrupted()
    try {
        return action()
    } finally {
        if (wasInterrupted) {
            Thread.currentThread().interrupt()
        }
    }
}
