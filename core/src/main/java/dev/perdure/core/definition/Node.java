package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.journal.NodePlace;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A part of a workflow. */
public sealed interface Node
        permits Step, Sequence, Parallel, ForEach, Choose, Decide, RepeatUntil, Sleep, AwaitSignal, Call, Procedure {
    /** Its name, unique in the block or sequence that holds it. */
    String name();

    /** What this kind of node is called in the graph. */
    String kind();

    /**
     * Makes sure that a node which workflow code asks for can be.
     *
     * @throws dev.perdure.core.DefinitionException with all problems
     */
    static void requireValid(String workflow, Node node) {
        DefinitionCheck.requireValid(workflow, node);
    }

    /** Where it and its parts stand as a node at {@code path}. */
    default Map<Path, NodePlace> placesAt(Path path, @Nullable String branch) {
        return NodePlaces.of(this, path, branch);
    }

    /** What {@code cases} makes of this kind of node. */
    <R> R match(Cases<R> cases);

    /**
     * One case for each kind of node, so that the compiler points at every place that a new kind concerns.
     *
     * @param <R> what a case gives
     */
    interface Cases<R> {
        R step(Step step);

        R sequence(Sequence sequence);

        R parallel(Parallel block);

        R forEach(ForEach loop);

        R choose(Choose choose);

        R decide(Decide decide);

        R repeatUntil(RepeatUntil loop);

        R sleep(Sleep sleep);

        R awaitSignal(AwaitSignal wait);

        R call(Call call);

        R procedure(Procedure procedure);
    }
}
