package dev.perdure.core.insight;

import dev.perdure.core.journal.RunRecord;
import org.jspecify.annotations.Nullable;

/** What a run's own row says of its context. */
final class Snapshots {
    private Snapshots() {}

    /** The row without its snapshot, so that a replay begins with the empty context and applies every change. */
    static RunRecord without(RunRecord run) {
        return with(run, null);
    }

    /** The row with another context, of which the journal says nothing. */
    static RunRecord with(RunRecord run, @Nullable String context) {
        return new RunRecord(
                run.id(),
                run.generation(),
                run.workflow(),
                run.version(),
                run.fingerprint(),
                run.status(),
                run.input(),
                run.output(),
                run.error(),
                context,
                0,
                run.createdAt(),
                run.updatedAt(),
                run.finishedAt(),
                run.deadlineAt(),
                run.parent(),
                run.wakeAt(),
                run.placement());
    }
}
