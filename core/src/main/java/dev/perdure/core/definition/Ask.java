package dev.perdure.core.definition;

import dev.perdure.core.Names;
import dev.perdure.core.Path;
import org.jspecify.annotations.Nullable;

/** What workflow code asks its run for. */
public sealed interface Ask {
    /**
     * Do this and tell what came of it: a step, a wait or a call.
     *
     * @param key distinguishes what is asked for under one name where its order may change between two executions of the code;
     *     null where the place in the code's order does
     */
    record Do(Node node, @Nullable String key) implements Ask {}

    /** Open a parallel block. Answered with its path. */
    record Open(String name, ParallelPolicy.OnError onError, int maxParallelism) implements Ask {}

    /**
     * Start a branch of an open block. Answered with its path, not waited for.
     *
     * @param branch a step, or a {@link Procedure}: code of its own
     */
    record Submit(Path block, Node branch) implements Ask {}

    /**
     * Wait for a branch of a block, or for all.
     *
     * @param branch null for all: none can be started any more
     */
    record Await(Path block, @Nullable Path branch) implements Ask {}

    /** Leave a block: what has not ended is cancelled. Answered when all its branches have ended. */
    record Close(Path block) implements Ask {}

    /** Whether the code may go the way that a change of it added; see {@link ProcedureContext#patched}. */
    record Patch(String id) implements Ask {
        public Patch {
            Names.requireValid("patch", id); // it is a name in a path
        }
    }
}
