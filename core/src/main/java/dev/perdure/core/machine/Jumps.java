package dev.perdure.core.machine;

import dev.perdure.core.definition.Decide;
import dev.perdure.core.definition.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the decisions of one sequence went so far, and where they may go. Confined to the strand. */
final class Jumps {
    private final List<Node> nodes;
    /** How often a decision went back to a node, by their names. */
    private final Map<List<String>, Integer> taken = new HashMap<>();

    private final int[] visits;

    Jumps(List<Node> nodes) {
        this.nodes = nodes;
        this.visits = new int[nodes.size()];
    }

    /** The number of this visit to a node, from 0. */
    int visit(int index) {
        return visits[index]++;
    }

    /** Why {@code decide} cannot go where it says; null when it can. */
    @Nullable
    String problem(Decide decide, int index, @Nullable Object target) {
        if (target == null) {
            return null;
        }
        int found = indexOf(target);
        Decide.Target stated = stated(decide, target);
        if (found < 0 || (stated == null && !decide.targets().isEmpty())) {
            return "decided to go to \"" + target + "\"; it can go to " + reachable(decide, index);
        }
        if (found > index) {
            return null;
        }
        if (stated == null) {
            return "decided to go back to \"" + target + "\" without a stated bound; it can go to "
                    + reachable(decide, index);
        }
        int before = taken.getOrDefault(List.of(decide.name(), stated.node()), 0);
        return before < stated.atMost()
                ? null
                : "decided to go back to \"" + target + "\" for the " + (before + 1) + ". time; at most "
                        + stated.atMost() + " are allowed";
    }

    /**
     * Notes that the decision at {@code index} went to {@code target}, and says which node that is; a negative number where there
     * is none.
     */
    int go(int index, String target) {
        int found = indexOf(target);
        if (found <= index) {
            taken.merge(List.of(nodes.get(index).name(), target), 1, Integer::sum);
        }
        return found;
    }

    private static Decide.@Nullable Target stated(Decide decide, Object target) {
        return decide.targets().stream()
                .filter(stated -> stated.node().equals(target))
                .findFirst()
                .orElse(null);
    }

    private List<String> reachable(Decide decide, int index) {
        return decide.targets().isEmpty()
                ? nodes.subList(index + 1, nodes.size()).stream()
                        .map(Node::name)
                        .toList()
                : decide.targets().stream().map(Decide.Target::node).toList();
    }

    private int indexOf(Object name) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }
}
