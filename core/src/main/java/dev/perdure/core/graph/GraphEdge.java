package dev.perdure.core.graph;

/**
 * An arrow of a picture.
 *
 * @param from a node's id
 * @param to a node's id
 * @param label a few words or a clause's name; empty for none
 */
public record GraphEdge(String from, String to, Kind kind, String label) {
    /** What an arrow means. */
    public enum Kind {
        /** The one comes after the other. */
        NEXT,
        /** One of the ways out of a choice, or around it. */
        CLAUSE,
        /** A decision may go there. */
        GOTO,
        /** A loop goes there for its next item or iteration. */
        AGAIN,
        /** From a step to what undoes it. */
        UNDO
    }
}
