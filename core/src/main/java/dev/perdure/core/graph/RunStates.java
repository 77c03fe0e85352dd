package dev.perdure.core.graph;

import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.graph.NodeState.Status;
import dev.perdure.core.journal.Row;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Sums a run's journal up by node of the definition: all items of a loop are one. Used once. */
final class RunStates {
    private final Map<Path, Tally> tallies = new HashMap<>();
    private final Map<Path, Integer> totals = new HashMap<>();

    /** What is known of one node, over all its items. */
    private static final class Tally {
        private Status status = Status.NOT_REACHED;
        private int attempts;
        private int ended;
        private int failed;

        void add(Recorded node) {
            status = rank(node.status()) > rank(status) ? node.status() : status;
            attempts = Math.max(attempts, node.attempts());
            ended += node.hasEnded() ? 1 : 0;
            failed += node.hasFailed() ? 1 : 0;
        }

        /** Of several items, the one that most needs to be seen. */
        private static int rank(Status status) {
            return switch (status) {
                case NOT_REACHED -> 0;
                case SKIPPED -> 1;
                case COMPLETED -> 2;
                case CANCELLED -> 3;
                case FAILED -> 4;
                case WAITING -> 5;
                case RUNNING -> 6;
            };
        }
    }

    private RunStates() {}

    static Map<Path, NodeState> of(Sequence root, List<Row> rows, RunStatus run) {
        Journal journal = new Journal(rows, run);
        new Progress(journal, run).walk(root);
        RunStates states = new RunStates();
        journal.nodes().forEach(states::add);
        journal.itemCounts().forEach((loop, count) -> states.totals.merge(loop.inDefinition(), count, Integer::sum));
        Map<Path, NodeState> result = new HashMap<>();
        states.tallies.forEach((path, tally) -> result.put(path, states.sum(path, tally)));
        result.put(Path.ROOT, NodeState.of(ofRun(run), 0));
        return result;
    }

    private void add(Path path, Recorded node) {
        tallies.computeIfAbsent(path.inDefinition(), where -> new Tally()).add(node);
    }

    private NodeState sum(Path path, Tally tally) {
        Tally items = tallies.get(path.eachItem());
        if (items != null) {
            return state(tally, items, path);
        }
        String text = path.toString();
        int innermost = text.lastIndexOf("[*]");
        return innermost < 0
                ? NodeState.of(tally.status, tally.attempts)
                : state(tally, tally, Path.parse(text.substring(0, innermost)));
    }

    private NodeState state(Tally node, Tally counted, Path loop) {
        int total = Objects.requireNonNullElse(totals.get(loop), 0);
        return new NodeState(node.status, node.attempts, counted.ended, counted.failed, total);
    }

    private static Status ofRun(RunStatus run) {
        return switch (run) {
            case PENDING, RESET -> Status.NOT_REACHED;
            case RUNNING, CANCELLING, COMPENSATING -> Status.RUNNING;
            case WAITING, PAUSED, INCOMPATIBLE, BLOCKED -> Status.WAITING;
            case COMPLETED -> Status.COMPLETED;
            case FAILED, COMPENSATED, COMPENSATION_FAILED -> Status.FAILED;
            case CANCELLED -> Status.CANCELLED;
        };
    }
}
