package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How a run ends whose root ended. */
final class RunEnding {
    private RunEnding() {}

    /**
     * @param cancel what was asked for, where the run was cancelled
     * @param result what the run yields, where it completed
     */
    static Entry.RunEnded of(RunMachine.Ending root, Entry.@Nullable CancelRequested cancel, Payload result) {
        return switch (root.status()) {
            case COMPLETED -> new Entry.RunEnded(RunStatus.COMPLETED, result, null, root.at());
            case CANCELLED -> cancelled(cancel, root.at());
            default -> new Entry.RunEnded(RunStatus.FAILED, null, root.failure(), root.at());
        };
    }

    private static Entry.RunEnded cancelled(Entry.@Nullable CancelRequested cancel, Instant at) {
        if (cancel != null && cancel.failure() != null) {
            return new Entry.RunEnded(RunStatus.FAILED, null, cancel.failure(), at);
        }
        String reason = cancel == null ? "" : cancel.reason(); // a journal may be damaged; what comes next says so
        Failure failure = Failure.of(ErrorCode.RUN_CANCELLED, "cancelled: " + reason, Path.ROOT);
        return new Entry.RunEnded(RunStatus.CANCELLED, null, failure, at);
    }
}
