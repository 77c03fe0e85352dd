package dev.perdure.storage

import java.lang.reflect.InvocationHandler
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Proxy
import java.sql.Connection
import java.sql.SQLException

/** The connection that a body gets: it cannot end the transaction, and is of no use after the body. Thread-safe. */
internal class LentConnection(
    private val connection: HeldConnection,
) : InvocationHandler {
    @Volatile
    private var isOver = false

    val proxy: Connection =
        Proxy.newProxyInstance(javaClass.classLoader, arrayOf(Connection::class.java), this) as Connection

    fun close() {
        isOver = true
    }

    override fun invoke(
        proxy: Any,
        method: Method,
        arguments: Array<out Any?>?,
    ): Any? =
        when {
            method.declaringClass == Any::class.java -> ofObject(proxy, method, arguments)
            isOver && method.name == "isClosed" -> true
            isOver -> throw SQLException("the body of the atomic step has ended, and its connection with it", "08003")
            isEnding(method) -> throw SQLException(refusal(method.name), "2D000")
            else -> call(method, arguments)
        }

    private fun ofObject(
        proxy: Any,
        method: Method,
        arguments: Array<out Any?>?,
    ): Any =
        when (method.name) {
            "equals" -> proxy === arguments!!.single()
            "hashCode" -> System.identityHashCode(proxy)
            else -> "connection of an atomic step"
        }

    /** A rollback to a savepoint of the body's own is allowed. */
    private fun isEnding(method: Method): Boolean =
        method.name in ENDING || (method.name == "rollback" && method.parameterCount == 0)

    private fun call(
        method: Method,
        arguments: Array<out Any?>?,
    ): Any? =
        try {
            method.invoke(connection, *arguments.orEmpty())
        } catch (e: InvocationTargetException) {
            throw e.targetException
        }

    companion object {
        private val ENDING = setOf("commit", "close", "abort", "setAutoCommit")

        fun refusal(what: String): String =
            "the body of an atomic step called $what on its transaction, which the engine commits together with the " +
                "step's result, and rolls back when the body throws; leave that call out"
    }
}
