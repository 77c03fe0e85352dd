package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException

/** Stands for itself: null, a boolean, a number, or a text without references, escapes taken out. */
internal data class LiteralTemplate(val value: Any?) : Template {
    override fun resolve(sources: Sources): Any? = value
}

/** Nothing but a reference: the value keeps its type, and is not looked at for further references. */
internal data class ReferenceTemplate(val reference: Reference) : Template {
    override fun resolve(sources: Sources): Any? = reference.resolve(sources)
}

/**
 * References inside text, as [pieces] in order. A text goes in as it is, anything else as JSON; what went in is not
 * looked at for further references.
 */
internal data class TextTemplate(val pieces: List<Piece>) : Template {
    sealed interface Piece {
        data class Words(val text: String) : Piece

        data class Value(val reference: Reference) : Piece
    }

    val references: List<Reference> get() = pieces.filterIsInstance<Piece.Value>().map { it.reference }

    /**
     * @throws MissingField where a reference's part is not there
     * @throws PerdureException LIMIT_EXCEEDED where the text would be longer than [MAX_RESOLVED]
     */
    override fun resolve(sources: Sources): Any {
        val out = StringBuilder()
        for (piece in pieces) {
            out.append(
                when (piece) {
                    is Piece.Words -> piece.text
                    is Piece.Value -> textOf(piece.reference.resolve(sources))
                },
            )
            if (out.length > MAX_RESOLVED) {
                throw PerdureException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "a text has more than $MAX_RESOLVED characters once its references are resolved; " +
                        "pass the values on their own, or a reference to where they are kept",
                )
            }
        }
        return out.toString()
    }

    private fun textOf(value: Any?): String = value as? String ?: PRINTER.print(value)

    companion object {
        /** The longest text that references can grow one template to, in characters. */
        const val MAX_RESOLVED = 10_000_000
        private val PRINTER = JsonPrinter()
    }
}

/** A list whose items are templates. */
internal data class ListTemplate(val items: List<Template>) : Template {
    override fun resolve(sources: Sources): Any = items.map { it.resolve(sources) }
}

/** An object whose values are templates; its keys stand for themselves. */
internal data class MapTemplate(val fields: Map<String, Template>) : Template {
    override fun resolve(sources: Sources): Any = fields.mapValues { it.value.resolve(sources) }
}
