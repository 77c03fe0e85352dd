package dev.perdure.core.testing;

import dev.perdure.core.journal.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One run without a crash: what happened, in which order, and what was committed of it. Confined to one thread. */
final class Drive {
    final Stage.Setup setup;
    final Map<String, String> tokens = new HashMap<>();
    private final List<String> order = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    private @Nullable Outcome outcome;

    /**
     * A place at which nothing happens by itself.
     *
     * @param moves what may happen next
     * @param commits how many commits there were until here
     */
    record Turn(List<String> moves, int commits, Instant time) {}

    /** What came of it. */
    record Outcome(RunEnd end, List<Row> journal, List<String> started, Tape tape) {}

    Drive(Stage.Setup setup) {
        this.setup = setup;
    }

    void turn(Stage stage, List<String> moves) {
        turns.add(new Turn(moves, stage.tape().length(), stage.clock().now()));
    }

    void moved(String move) {
        order.add(move);
    }

    void ended(Stage stage) {
        outcome = new Outcome(
                stage.end(Stage.RUN), stage.tape().journal(Stage.RUN), List.copyOf(stage.started()), stage.tape());
    }

    List<String> order() {
        return order;
    }

    /** One more than there are moves. */
    List<Turn> turns() {
        return turns;
    }

    Outcome outcome() {
        return java.util.Objects.requireNonNull(outcome, "the run has not ended");
    }

    /** The number of the first commit that the way to a turn made, and of all before it. */
    int firstCommitOf(int turn) {
        return turn == 0 ? 1 : turns.get(turn - 1).commits() + 1;
    }

    /** In which order what is left after a turn happened. */
    Map<String, Integer> ranksAfter(int turn) {
        Map<String, Integer> ranks = new HashMap<>();
        for (int i = turn; i < order.size(); i++) {
            ranks.putIfAbsent(nameOf(order.get(i)), i);
        }
        return ranks;
    }

    /** A move whatever its attempt: after a crash it is another one. */
    static String nameOf(String move) {
        int attempt = Math.max(move.lastIndexOf('~'), move.lastIndexOf(" #"));
        return attempt < 0 ? move : move.substring(0, attempt);
    }
}
