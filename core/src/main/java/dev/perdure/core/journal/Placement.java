package dev.perdure.core.journal;

import dev.perdure.core.Names;
import org.jspecify.annotations.Nullable;

/**
 * When a run begins, and before which others. Times are milliseconds since 1970 (UTC). Immutable.
 *
 * @param queue the queue that it waits its turn in; empty for none
 * @param priority of those that wait, the one with the greatest begins first
 * @param startAt the time before which it does not begin; null for none, or once that has come
 * @param beganAt when its queue let it begin, or where it is in none, its time had come; null before that, and for a run that had
 *     to wait for neither
 * @param dedupKey while the run has not ended, no other one with this key begins in the queue; null for none
 */
public record Placement(
        String queue,
        int priority,
        @Nullable Long startAt,
        @Nullable Long beganAt,
        @Nullable String dedupKey) {
    /** In no queue, to begin at once. */
    public static final Placement NONE = new Placement("", 0, null, null, null);

    /** Whether it is in a queue. */
    public boolean isQueued() {
        return !queue.isEmpty();
    }

    /** Whether a run that is PENDING waits for its time, or for its turn. */
    public boolean isHeldBack() {
        return startAt != null || (isQueued() && beganAt == null);
    }

    /** The same, once its time has come. */
    public Placement ripe() {
        return new Placement(queue, priority, null, isQueued() ? beganAt : startAt, dedupKey);
    }

    /** The same, let begin. */
    public Placement begun(long at) {
        return new Placement(queue, priority, null, at, dedupKey);
    }

    /** What is left of it when the run has ended: its key is free. */
    public Placement ended() {
        return startAt == null && dedupKey == null ? this : new Placement(queue, priority, null, beganAt, null);
    }

    /** Where and when: the key may say who the run is about. */
    @Override
    public String toString() {
        String where = isQueued() ? "in queue " + Names.quoted(queue) : "in no queue";
        return "Placement[" + where + ", priority " + priority + ", startAt " + startAt + ", beganAt " + beganAt + "]";
    }
}
