package dev.perdure.core.machine;

import dev.perdure.core.Path;
import dev.perdure.core.definition.Sleep;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A wait for a time. */
final class SleepFrame extends WaitFrame {
    private final Sleep sleep;

    SleepFrame(Wiring wiring, Parent parent, Sleep sleep, Path path, Path scope) {
        super(wiring, parent, sleep.until() == null ? null : new Head(Sleep.TIME, sleep.until()), path, scope);
        this.sleep = sleep;
    }

    @Override
    Instant dueFrom(Instant at) {
        if (sleep.duration() != null) {
            return at.plus(sleep.duration());
        }
        if (said().plain() instanceof Number millis) {
            return sleep.isRelative() ? at.plusMillis(millis.longValue()) : Instant.ofEpochMilli(millis.longValue());
        }
        return at;
    }

    @Override
    OpenNode.State waitState() {
        return OpenNode.State.SLEEPING;
    }

    @Override
    Map<String, @Nullable Object> detail() {
        return Map.of();
    }

    @Override
    void waiting(boolean isAgain, Instant at) {
        // The timer is all that it waits for.
    }

    @Override
    void timedOut(Instant at) {
        emitCompleted(Payload.NULL, List.of(), false, at);
    }
}
