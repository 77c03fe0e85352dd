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
public record Parallel(String name, List<Node> branches, ParallelPolicy policy, @Nullable Yield yield)
        implements Node {
    public Parallel {
        branches = List.copyOf(branches);
    }

    @Override
    public String kind() {
        return "parallel";
    }

    /** A join's body and the type of what it yields. */
    public record Yield(Body body, ValueType<?> output) {}
}
