package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How long a run may take: its workflow's timeout, and a deadline of its own. Confined to the strand. */
final class RunLimit {
    private final @Nullable Duration timeout;
    private final @Nullable Instant deadline;
    private Instant from;
    private boolean isFirstTry = true;

    RunLimit(@Nullable Duration timeout, Instant startedAt, @Nullable Instant deadline) {
        this.timeout = timeout;
        this.deadline = deadline;
        this.from = startedAt;
    }

    /** When the timeout began to count. */
    Instant from() {
        return from;
    }

    /** The run is tried again: it has its timeout anew, and no deadline. */
    void restart(Instant at) {
        from = at;
        isFirstTry = false;
    }

    /** When the run has taken as long as it may; null for never. */
    @Nullable
    Instant due() {
        Instant due = timeout == null ? null : from.plus(timeout);
        if (isFirstTry && deadline != null && (due == null || deadline.isBefore(due))) {
            return deadline;
        }
        return due;
    }

    /** Has the live run hear of it. */
    void arm(Wiring wiring) {
        Instant due = due();
        if (due != null) {
            wiring.act(new Action.SetTimer(Path.ROOT, 0, TimerKind.RUN_TIMEOUT, due));
        }
    }

    /** Whether it has come: a timer may ring early. */
    boolean isOver(Instant at) {
        Instant due = due();
        return due != null && !at.isBefore(due);
    }

    Failure exceeded() {
        String limit = timeout == null ? "its deadline" : "its timeout of " + timeout;
        return Failure.of(ErrorCode.TIMED_OUT, "the run took longer than " + limit, Path.ROOT);
    }
}
