package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.NodePlace;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.spi.Write;
import java.time.Instant;
import java.util.List;

/** The cancel of a run that has not begun: nothing of it has to be stopped, so that it ends at once, and without an engine. */
final class Withdrawal {
    private Withdrawal() {}

    static Failure why(String reason) {
        return Failure.of(ErrorCode.RUN_CANCELLED, "cancelled: " + reason, Path.ROOT);
    }

    static Write of(String runId, String reason, Instant at) {
        Entry requested = new Entry.CancelRequested(reason, null, at);
        long millis = at.toEpochMilli();
        String error = Json.write(why(reason).toPlain());
        RunUpdate cancelled = new RunUpdate(RunStatus.CANCELLED, null, error, null, 0, millis, millis, null);
        return new Write.Withdraw(runId, List.of(RowFormat.toRow(requested, 1, NodePlace.RUN)), cancelled);
    }
}
