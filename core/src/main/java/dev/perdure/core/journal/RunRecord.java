package dev.perdure.core.journal;

import dev.perdure.core.RunStatus;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A run's own row (table {@code runs}). Times are milliseconds since 1970 (UTC).
 *
 * @param id the run's id, its idempotency key
 * @param generation 1, and one more for each time the id was reset and started anew
 * @param workflow the workflow's name
 * @param version the workflow's version
 * @param fingerprint of the definition that the run was started with
 * @param input JSON of the input
 * @param output JSON of the output; null unless completed
 * @param error JSON of the failure; null unless failed or stopped
 * @param context JSON of a full snapshot of the context; null while there is none
 * @param contextSeq the last journal row that the snapshot includes; 0 while there is none
 * @param deadlineAt when the run times out; null for never
 * @param parent the id of the run that called this one and hears of its end; null for none
 * @param wakeAt when a WAITING run is to be taken up again; null for not by itself
 * @param placement when the run begins, and before which others
 */
public record RunRecord(
        String id,
        int generation,
        String workflow,
        int version,
        String fingerprint,
        RunStatus status,
        String input,
        @Nullable String output,
        @Nullable String error,
        @Nullable String context,
        long contextSeq,
        long createdAt,
        long updatedAt,
        @Nullable Long finishedAt,
        @Nullable Long deadlineAt,
        @Nullable String parent,
        @Nullable Long wakeAt,
        Placement placement) {
    /** A run in no queue, to begin at once. */
    public RunRecord(
            String id,
            int generation,
            String workflow,
            int version,
            String fingerprint,
            RunStatus status,
            String input,
            @Nullable String output,
            @Nullable String error,
            @Nullable String context,
            long contextSeq,
            long createdAt,
            long updatedAt,
            @Nullable Long finishedAt,
            @Nullable Long deadlineAt,
            @Nullable String parent,
            @Nullable Long wakeAt) {
        this(
                id,
                generation,
                workflow,
                version,
                fingerprint,
                status,
                input,
                output,
                error,
                context,
                contextSeq,
                createdAt,
                updatedAt,
                finishedAt,
                deadlineAt,
                parent,
                wakeAt,
                Placement.NONE);
    }

    /** Whether it waits for its time, or for its turn in its queue. */
    public boolean isHeldBack() {
        return status == RunStatus.PENDING && placement.isHeldBack();
    }

    /** When it was started, or could begin where it had to wait for its time or its turn: from then on its timeout counts. */
    public long beginsAt() {
        Long beganAt = placement.beganAt();
        return beganAt == null ? createdAt : beganAt;
    }

    /** The same run after {@code update}. */
    public RunRecord with(RunUpdate update) {
        boolean hasContext = update.context() != null;
        return new RunRecord(
                id,
                generation,
                workflow,
                version,
                fingerprint,
                update.status(),
                input,
                update.output(),
                update.error(),
                hasContext ? update.context() : context,
                hasContext ? update.contextSeq() : contextSeq,
                createdAt,
                update.updatedAt(),
                update.finishedAt(),
                deadlineAt,
                parent,
                update.wakeAt(),
                update.status().isTerminal() ? placement.ended() : placement);
    }

    /** The same run as the id's {@code number}-th one. */
    public RunRecord inGeneration(int number) {
        return new RunRecord(
                id,
                number,
                workflow,
                version,
                fingerprint,
                status,
                input,
                output,
                error,
                context,
                contextSeq,
                createdAt,
                updatedAt,
                finishedAt,
                deadlineAt,
                parent,
                wakeAt,
                placement);
    }

    /** The same run, waiting for a place. */
    public RunRecord pending() {
        return new RunRecord(
                id,
                generation,
                workflow,
                version,
                fingerprint,
                RunStatus.PENDING,
                input,
                output,
                error,
                context,
                contextSeq,
                createdAt,
                updatedAt,
                finishedAt,
                deadlineAt,
                parent,
                wakeAt,
                placement);
    }

    /** The same run, to be taken up at {@code due} if it is WAITING. */
    public RunRecord wakingAt(long due) {
        return new RunRecord(
                id,
                generation,
                workflow,
                version,
                fingerprint,
                status,
                input,
                output,
                error,
                context,
                contextSeq,
                createdAt,
                updatedAt,
                finishedAt,
                deadlineAt,
                parent,
                due,
                placement);
    }

    /**
     * The same run with its payloads in another form.
     *
     * @param form gives for the name of a column and its text the new text
     */
    public RunRecord recoded(BinaryOperator<String> form) {
        return new RunRecord(
                id,
                generation,
                workflow,
                version,
                fingerprint,
                status,
                form.apply("input", input),
                Texts.recoded("output", output, form),
                Texts.recoded("error", error, form),
                Texts.recoded("context", context, form),
                contextSeq,
                createdAt,
                updatedAt,
                finishedAt,
                deadlineAt,
                parent,
                wakeAt,
                placement);
    }

    /** The same run, elsewhere in the order of those that begin. */
    public RunRecord placed(Placement other) {
        return new RunRecord(
                id,
                generation,
                workflow,
                version,
                fingerprint,
                status,
                input,
                output,
                error,
                context,
                contextSeq,
                createdAt,
                updatedAt,
                finishedAt,
                deadlineAt,
                parent,
                wakeAt,
                other);
    }

    /** What is left of the run when it is forgotten: its id and generation. */
    public RunRecord reset() {
        return new RunRecord(
                id,
                generation,
                workflow,
                version,
                fingerprint,
                RunStatus.RESET,
                "null",
                null,
                null,
                null,
                0,
                createdAt,
                updatedAt,
                finishedAt,
                null,
                null,
                null,
                placement.ended());
    }

    /** Who and where only: no log ever shows a value. */
    @Override
    public String toString() {
        return "RunRecord[" + id + " of " + workflow + " v" + version + " " + status + "]";
    }
}
