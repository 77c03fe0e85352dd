package dev.perdure.core.journal;

import dev.perdure.core.RunStatus;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What changes in a run's own row.
 *
 * @param output JSON of the output, null for none
 * @param error JSON of the failure, null for none
 * @param context JSON of a new snapshot of the context; null leaves the one that is there
 * @param contextSeq the last journal row that the snapshot includes; meaningless without one
 * @param updatedAt milliseconds since 1970
 * @param finishedAt milliseconds since 1970; null while the run has not ended
 * @param wakeAt when a run that is WAITING is to be taken up again, in milliseconds since 1970; null for not by itself
 */
public record RunUpdate(
        RunStatus status,
        @Nullable String output,
        @Nullable String error,
        @Nullable String context,
        long contextSeq,
        long updatedAt,
        @Nullable Long finishedAt,
        @Nullable Long wakeAt) {
    /** The same update with its payloads in another form; see {@link RunRecord#recoded}. */
    public RunUpdate recoded(BinaryOperator<String> form) {
        return new RunUpdate(
                status,
                Texts.recoded("output", output, form),
                Texts.recoded("error", error, form),
                Texts.recoded("context", context, form),
                contextSeq,
                updatedAt,
                finishedAt,
                wakeAt);
    }

    /** The status only: no log ever shows a value. */
    @Override
    public String toString() {
        return "RunUpdate[" + status + "]";
    }

    /** Only the status changes, for a reason that may be an error. */
    public static RunUpdate toStatus(RunStatus status, @Nullable String error, long at) {
        return new RunUpdate(status, null, error, null, 0, at, null, null);
    }
}
