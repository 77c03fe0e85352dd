package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Branches that run at the same time.
 *
 * @param branches steps, sequences and blocks; each has a name of its own
 * @param yield makes the block's output from those of its branches; null for none
 */
public record Parallel(
        String name,
        List<Node> branches,
        ParallelPolicy policy,
        @Nullable Yield yield) implements Node {
    public Parallel {
        branches = List.copyOf(branches);
    }

    @Override
    public String kind() {
        return "parallel";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.parallel(this);
    }

    /** The part of the block's path that its join is recorded under. */
    public static final String JOIN = "join";

    /** The part of the block's path that its merge function is recorded under. */
    public static final String MERGE = "merge";

    /** A join's body and the type of what it yields. */
    public record Yield(Body body, ValueType<?> output) {}
}
