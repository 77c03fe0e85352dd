package dev.perdure.core.definition;

/** How the changes that branches made to their snapshots of the context become one. Immutable. */
public sealed interface Merge {
    /** What the stored graph calls it. */
    String describe();

    /**
     * Changes are applied in declaration order; maps merge recursively, anything else is replaced. Two branches that wrote
     * different values to one place leave a warning in the journal.
     */
    record DeepMerge() implements Merge {
        @Override
        public String describe() {
            return "DeepMerge";
        }
    }

    /** Whole values are applied in the order in which the branches ended, which is recorded. */
    record LastWins() implements Merge {
        @Override
        public String describe() {
            return "LastWins";
        }
    }

    /**
     * The context stays as it was but for one key, which holds a map from branch name to what the branch changed.
     *
     * @param into that key
     */
    record Collect(String into) implements Merge {
        /** The key unless another is given. */
        public static final String DEFAULT_KEY = "parallel_results";

        @Override
        public String describe() {
            return "Collect(" + into + ")";
        }
    }

    /** Like {@link DeepMerge}, but different values in one place fail the block, naming both branches. */
    record Strict() implements Merge {
        @Override
        public String describe() {
            return "Strict";
        }
    }

    /**
     * The user's own: a body that reads {@link BodyContext#branches()} and writes the merged context. It is recorded like a
     * step, so it runs again only where its outcome was not.
     */
    record Custom(Body body) implements Merge {
        @Override
        public String describe() {
            return "Custom";
        }
    }
}
