package dev.perdure.core.definition;

/** A part of a workflow. */
public sealed interface Node permits Step, Sequence, Parallel {
    /** Its name, unique in the block or sequence that holds it. */
    String name();

    /** What this kind of node is called in the graph. */
    String kind();
}
