package dev.perdure.core.definition;

import java.util.List;

/**
 * Says where the sequence that it is in goes on: its body yields the name of one of the sequence's nodes, or null for the
 * next one. Forward to any later node, unless targets are given; backward only to a given target, as often as that allows.
 *
 * @param choice yields the name; recorded under the node's own path
 * @param targets where it may go; empty for any later node of the sequence
 */
public record Decide(String name, Step choice, List<Target> targets) implements Node {
    public Decide {
        targets = List.copyOf(targets);
    }

    /**
     * A node that a decision may go to.
     *
     * @param atMost for one that comes before the decision, how often the decision may go back to it; 0 for a later one
     */
    public record Target(String node, int atMost) {
        /** A node that comes after the decision. */
        public static Target to(String node) {
            return new Target(node, 0);
        }

        /** A node that comes before the decision, which the decision goes back to {@code atMost} times in one run. */
        public static Target backTo(String node, int atMost) {
            return new Target(node, atMost);
        }
    }

    @Override
    public String kind() {
        return "decide";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.decide(this);
    }
}
