package dev.perdure.core.journal;

import dev.perdure.core.StepStatus;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A signal with what became of it, for those who copy a run.
 *
 * @param consumedAt when a wait took it, in milliseconds since 1970 (UTC); null while it waits
 * @param consumedBy the path of that wait; null while it waits, and where several waits ended in one write
 */
public record StoredSignal(
        SignalRecord signal,
        @Nullable Long consumedAt,
        @Nullable String consumedBy) {
    private static final Set<String> WAITS = Set.of("signal", "approval", "callback");

    /** A signal that waits. */
    public static StoredSignal waiting(SignalRecord signal) {
        return new StoredSignal(signal, null, null);
    }

    public boolean isConsumed() {
        return consumedAt != null;
    }

    /** The same signal after rows were written that consume it, for stores without columns of their own. */
    public StoredSignal consumedBy(List<Row> rows) {
        if (isConsumed()) {
            return this;
        }
        List<Row> waits = rows.stream()
                .filter(row -> row.status() == StepStatus.COMPLETED && WAITS.contains(row.kind()))
                .toList();
        long at = waits.stream()
                .map(Row::finishedAt)
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .max()
                .orElse(signal.createdAt());
        return new StoredSignal(signal, at, waits.size() == 1 ? waits.get(0).path() : null);
    }
}
