package dev.perdure.core.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How far a run has come with a node. For a node in a loop, which stands for that of every item, it sums up the items. Immutable.
 *
 * @param attempts the newest attempt's number; of the items the highest; 0 where there was none, or attempts mean nothing
 * @param ended how many items or iterations have ended; 0 outside of loops
 * @param failed how many of those failed
 * @param total how many items there are; 0 where that is not known
 */
public record NodeState(Status status, int attempts, int ended, int failed, int total) {
    /** The run has not come there. */
    public static final NodeState NOT_REACHED = of(Status.NOT_REACHED, 0);

    /** The state of a node that runs once. */
    public static NodeState of(Status status, int attempts) {
        return new NodeState(status, attempts, 0, 0, 0);
    }

    /** Where a node stands. */
    public enum Status {
        NOT_REACHED,
        /** It is active: its body runs, is due, or waits for its next attempt. */
        RUNNING,
        /** A sleep, a wait for a signal or a child run has begun; or the run is paused there. */
        WAITING,
        COMPLETED,
        FAILED,
        CANCELLED,
        /** The run went another way. */
        SKIPPED;

        /** As a picture calls it: {@code not reached}. */
        String words() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** In words: {@code failed, attempt 3}, {@code running, 3 of 10 items, 1 failed}; empty for a node not reached. */
    public String describe() {
        if (status == Status.NOT_REACHED) {
            return "";
        }
        List<String> words = new ArrayList<>();
        words.add(status.words());
        if (total > 0) {
            words.add(ended + " of " + total + " items");
        } else if (ended > 0) {
            words.add(ended == 1 ? "once" : ended == 2 ? "twice" : ended + " times");
        }
        if (failed > 0) {
            words.add(failed + " failed");
        }
        if (attempts > 1) {
            words.add((ended + total > 0 ? "up to attempt " : "attempt ") + attempts);
        }
        return String.join(", ", words);
    }
}
