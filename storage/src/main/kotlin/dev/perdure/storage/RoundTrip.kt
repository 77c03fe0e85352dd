package dev.perdure.storage

import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement
import java.sql.ResultSet

/**
 * Statements that are sent together and answered together, so that the way to the server and back is made once. They are carried out in
 * the order in which they were added. Confined to its transaction.
 *
 * What is too large for one piece is sent statement by statement: the server carries out each as soon as it has it. A process that
 * is stopped between two pieces would hold the locks of the first for as long as it is: the time-out for sessions that are
 * idle in a transaction counts only from an answer on.
 *
 * @param pieceSize how many bytes the driver surely sends in one piece, with room for what it adds
 */
internal class RoundTrip(
    private val transaction: JdbcTransaction,
    private val pieceSize: Int,
) {
    private class Part(
        val name: String,
        val sql: String,
        val values: List<Any?>,
        val answer: (PreparedStatement) -> Unit,
    ) {
        val size: Int get() = sql.length + values.sumOf { sizeOf(it) }
    }

    private val parts = ArrayList<Part>()

    /** @param changed gets the number of rows that the statement changed */
    fun change(
        name: String,
        sql: String,
        values: List<Any?>,
        changed: (Int) -> Unit,
    ) {
        parts += Part(name, sql, values) { changed(it.updateCount) }
    }

    /** @param row is called for each row found */
    fun ask(
        name: String,
        sql: String,
        values: List<Any>,
        row: (ResultSet) -> Unit,
    ) {
        parts += Part(name, sql, values) { asked -> asked.resultSet.use { while (it.next()) row(it) } }
    }

    /** An array as a statement's value. */
    class Elements(
        val array: java.sql.Array,
        val size: Int,
    )

    fun texts(texts: Collection<String>): Elements = elements("text", texts)

    /** @param type what the database calls the type of an element */
    fun elements(
        type: String,
        values: Collection<Any?>,
    ) = Elements(transaction.held.driver.createArrayOf(type, typed(type, values)), values.sumOf { sizeOf(it) })

    /** Of a class that the driver sends as it is; objects of any class would be quoted and parsed. */
    private fun typed(
        type: String,
        values: Collection<Any?>,
    ): Array<out Any?> =
        when (type) {
            "text" -> values.mapTo(ArrayList(values.size)) { it as String? }.toTypedArray()
            "bigint" -> values.mapTo(ArrayList(values.size)) { it as Long? }.toTypedArray()
            "int" -> values.mapTo(ArrayList(values.size)) { it as Int? }.toTypedArray()
            else -> error("no array of $type is known")
        }

    /** Does nothing where nothing was added. What an answer throws ends it, and has to end the transaction. */
    fun make() {
        if (parts.size > 1 && parts.sumOf { it.size } <= pieceSize) {
            send(parts)
        } else {
            parts.forEach { send(listOf(it)) }
        }
    }

    private fun send(together: List<Part>) {
        val all =
            transaction.held.kept(together.joinToString(";") { it.name }) { together.joinToString(";\n") { it.sql } }
        together.flatMap { it.values }.forEachIndexed { index, value ->
            all.setObject(index + 1, if (value is Elements) value.array else value)
        }
        all.execute()
        together.forEach {
            it.answer(all)
            all.moreResults
        }
    }

    companion object {
        /** How many bytes the value takes on its way, or more. */
        fun sizeOf(value: Any?): Int =
            when (value) {
                null -> LENGTH
                is String -> LENGTH + value.sumOf { if (it.code < ASCII) 1L else MOST_BYTES }.toInt()
                is Elements -> ARRAY + value.size
                else -> LENGTH + Long.SIZE_BYTES
            }

        private const val LENGTH = 4
        private const val ARRAY = 28
        private const val ASCII = 0x80
        private const val MOST_BYTES = 3L
    }
}
