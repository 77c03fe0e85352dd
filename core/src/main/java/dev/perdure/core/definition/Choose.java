package dev.perdure.core.definition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One of several clauses runs, or none. Its output is that of the clause that ran; null where none did.
 *
 * @param choice yields the name of the clause to run, or null for none; recorded under {@link #CHOICE}
 * @param clauses in declaration order, each with a name of its own
 * @param otherwise the name of the clause that runs where no condition held, null for none; it is one of {@code clauses}
 * @param yield makes something else than the clause's output, when a clause has run or none is to; recorded under {@link
 *     #YIELD}, where it is then read; null for the clause's output
 */
public record Choose(
        String name,
        Step choice,
        List<Sequence> clauses,
        @Nullable String otherwise,
        @Nullable Step yield) implements Node {
    /** The part of the node's path that the choice is recorded under. */
    public static final String CHOICE = "choice";

    /** The part of the node's path that its yield is recorded under. */
    public static final String YIELD = "yield";

    public Choose {
        clauses = List.copyOf(clauses);
    }

    /** A choice whose output is that of the clause that ran. */
    public Choose(String name, Step choice, List<Sequence> clauses, @Nullable String otherwise) {
        this(name, choice, clauses, otherwise, null);
    }

    @Override
    public String kind() {
        return "choose";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.choose(this);
    }
}
