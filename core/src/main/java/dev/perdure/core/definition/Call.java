package dev.perdure.core.definition;

import dev.perdure.core.ValueType;

/**
 * Starts a run of another workflow, a child of this one, and waits for its end. Its output is the child's; a child that
 * fails or is cancelled fails the node with CHILD_FAILED. Cancelling the run cancels the child; retrying it retries the child.
 *
 * @param workflow the child's workflow
 * @param version its version; 0 for the newest that is registered when the child starts
 * @param input yields the child's input; recorded under {@link #INPUT}
 * @param isDetached whether the node completes as soon as the child is started, with the child's run id as its output; such
 *     a child is neither waited for nor cancelled
 */
public record Call(String name, String workflow, int version, Step input, ValueType<?> output, boolean isDetached)
        implements Node {
    /** The part of the node's path that the child's input is recorded under. */
    public static final String INPUT = "input";

    @Override
    public String kind() {
        return "call";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.call(this);
    }
}
