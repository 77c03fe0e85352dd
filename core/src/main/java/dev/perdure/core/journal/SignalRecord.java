package dev.perdure.core.journal;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A signal as the store keeps it until a wait consumes it (table {@code signals}).
 *
 * @param seq its place among the signals of its run, from 1, in the order of arrival; 0 before the store gave it one
 * @param payload JSON
 * @param dedupKey a second signal of the same run and name with this key counts as the same one; null for none
 * @param createdAt milliseconds since 1970
 */
public record SignalRecord(
        long seq, String name, String payload, @Nullable String dedupKey, long createdAt) {
    /** What the name of a command begins with. */
    public static final String COMMAND = "perdure:ask:";

    /** Whether it asks something of the run itself, as a cancel does, instead of ending a wait. */
    public boolean isCommand() {
        return name.startsWith(COMMAND);
    }

    /** The same signal at its place. */
    public SignalRecord at(long place) {
        return new SignalRecord(place, name, payload, dedupKey, createdAt);
    }

    /** The same signal with its payload in another form. */
    public SignalRecord recoded(UnaryOperator<String> form) {
        return new SignalRecord(seq, name, form.apply(payload), dedupKey, createdAt);
    }

    /** The name only: no log ever shows a value. */
    @Override
    public String toString() {
        return "SignalRecord[" + seq + " " + name + "]";
    }
}
