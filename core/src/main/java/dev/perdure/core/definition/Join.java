package dev.perdure.core.definition;

/** When a parallel block counts as a success, in how many of its branches have to succeed. Immutable. */
public sealed interface Join {
    /** Every branch. */
    Join ALL = new All();
    /** At least one. */
    Join ANY = new Any();
    /** More than half. */
    Join MAJORITY = new Majority();

    /** At least {@code count} branches. */
    static Join atLeast(int count) {
        return new AtLeast(count);
    }

    /** How many of {@code total} have to succeed. */
    int needed(int total);

    /** See {@link #ALL}. */
    record All() implements Join {
        @Override
        public int needed(int total) {
            return total;
        }

        @Override
        public String toString() {
            return "All";
        }
    }

    /** See {@link #ANY}. */
    record Any() implements Join {
        @Override
        public int needed(int total) {
            return 1;
        }

        @Override
        public String toString() {
            return "Any";
        }
    }

    /** See {@link #MAJORITY}. */
    record Majority() implements Join {
        @Override
        public int needed(int total) {
            return total / 2 + 1;
        }

        @Override
        public String toString() {
            return "Majority";
        }
    }

    /** See {@link #atLeast}. */
    record AtLeast(int count) implements Join {
        @Override
        public int needed(int total) {
            return count;
        }

        @Override
        public String toString() {
            return "AtLeast(" + count + ")";
        }
    }
}
