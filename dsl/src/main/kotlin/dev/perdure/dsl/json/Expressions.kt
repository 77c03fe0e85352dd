package dev.perdure.dsl.json

/** `${step-a.output.list[0].name}`: where a value comes from, and which part of it is meant. Immutable. */
internal data class Reference(
    val source: Source,
    /** From the outside in: a field's name or an item's index. */
    val parts: List<Part>,
    /** As the text has it, with `${` and `}`. */
    val text: String,
) {
    sealed interface Source {
        data object Input : Source

        data class Output(val step: String) : Source

        /** `loop.item`, `loop.index`, `loop.total`, `loop.is_first`, `loop.is_last`. */
        data class Loop(val variable: LoopVariable) : Source
    }

    sealed interface Part {
        data class Field(val name: String) : Part

        data class Item(val index: Int) : Part
    }
}

internal enum class LoopVariable { ITEM, INDEX, TOTAL, IS_FIRST, IS_LAST }

/** Gives the whole value of a reference's source, in plain data. */
internal fun interface Sources {
    operator fun get(source: Reference.Source): kotlin.Any?
}

/** A value of an input mapping: plain data in which texts may hold references. Immutable. */
internal sealed interface Template {
    /**
     * The plain data that it stands for.
     *
     * @throws MissingField where a reference's part is not there
     */
    fun resolve(sources: Sources): kotlin.Any?
}

/** What a conditional's expression says, parsed; nothing in it is evaluated by a host language. Immutable. */
internal interface Condition {
    /** As the file has it. */
    val text: String

    /** Every reference in it, in order. */
    val references: List<Reference>

    /** Its value; [warn] is told of comparisons that make no sense, such as `null > 1`. A missing field is null. */
    fun evaluate(
        sources: Sources,
        warn: (String) -> Unit,
    ): Boolean
}

/** A reference names a part that the value does not have; the message says which field of which step. */
internal class MissingField(message: String) : RuntimeException(message)
