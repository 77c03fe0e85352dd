package dev.perdure.core.memory;

import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.QueueRecord;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Admission;
import dev.perdure.core.spi.Admitted;
import dev.perdure.core.spi.Claim;
import dev.perdure.core.spi.PendingRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which of the runs in memory begin, and when. Guarded by its store, whose runs these are. */
final class MemoryQueues {
    private static final Comparator<RunRecord> BEFORE = Comparator.<RunRecord>comparingInt(
                    run -> -run.placement().priority())
            .thenComparingLong(RunRecord::createdAt)
            .thenComparing(RunRecord::id);

    private final Map<String, RunRecord> runs;
    private final TreeMap<String, QueueRecord> queues = new TreeMap<>();

    MemoryQueues(Map<String, RunRecord> runs) {
        this.runs = runs;
    }

    void save(QueueRecord queue) {
        queues.put(queue.name(), queue);
    }

    List<QueueRecord> all() {
        return List.copyOf(queues.values());
    }

    /** The run that has the dedup key of another one in its queue. */
    Optional<RunRecord> holderOfKeyOf(RunRecord run) {
        String key = run.placement().dedupKey();
        return key == null
                ? Optional.empty()
                : runs.values().stream()
                        .filter(other -> key.equals(other.placement().dedupKey())
                                && other.placement()
                                        .queue()
                                        .equals(run.placement().queue())
                                && !other.status().isTerminal())
                        .findFirst();
    }

    List<PendingRun> pending() {
        return runs.values().stream()
                .filter(run -> run.status() == RunStatus.PENDING && !run.isHeldBack())
                .sorted(BEFORE)
                .map(MemoryQueues::pending)
                .toList();
    }

    private static PendingRun pending(RunRecord run) {
        return new PendingRun(run.id(), run.placement().priority());
    }

    OptionalLong nextStart(long after) {
        return delayed()
                .mapToLong(run -> Objects.requireNonNull(run.placement().startAt()))
                .filter(at -> at > after)
                .min();
    }

    private Stream<RunRecord> delayed() {
        return runs.values().stream()
                .filter(run ->
                        run.status() == RunStatus.PENDING && run.placement().startAt() != null);
    }

    Admitted admit(Admission admission) {
        List<PendingRun> admitted = new ArrayList<>();
        boolean isMore = ripen(admission, admitted);
        Long again = null;
        for (String name : admission.queues()) {
            QueueRecord queue = queues.get(name);
            int left = admission.limit() - admitted.size();
            if (queue != null && left > 0) {
                Long next = admit(queue, admission, left, admitted);
                again = again == null || (next != null && next < again) ? next : again;
            }
        }
        isMore |= admitted.size() >= admission.limit();
        return new Admitted(admitted, isMore, again == null ? null : Duration.ofMillis(again));
    }

    /** Returns whether there may be more whose time has come. */
    private boolean ripen(Admission admission, List<PendingRun> admitted) {
        List<RunRecord> ripe = delayed()
                .filter(run -> Objects.requireNonNull(run.placement().startAt()) <= admission.at())
                .sorted(Comparator.comparing((RunRecord run) -> run.placement().startAt())
                        .thenComparing(RunRecord::id))
                .limit(admission.limit())
                .toList();
        for (RunRecord run : ripe) {
            runs.put(run.id(), run.placed(run.placement().ripe()));
            if (!run.placement().isQueued()) {
                admitted.add(pending(run));
            }
        }
        return ripe.size() == admission.limit();
    }

    /** Returns after how many milliseconds more may begin by the rate; null for not by that. */
    private @Nullable Long admit(QueueRecord queue, Admission admission, int limit, List<PendingRun> admitted) {
        List<RunRecord> inQueue = runs.values().stream()
                .filter(run -> run.placement().queue().equals(queue.name()))
                .toList();
        int underWay = (int) inQueue.stream()
                .filter(run -> !run.status().isTerminal() && !isWaitingItsTurn(run))
                .count();
        List<Long> begun = inQueue.stream()
                .map(run -> run.placement().beganAt())
                .filter(Objects::nonNull)
                .filter(at -> at > admission.at() - queue.periodMillis())
                .sorted()
                .toList();
        int most = Math.min(limit, queue.room(underWay, begun.size()));
        List<RunRecord> next = inQueue.stream()
                .filter(run -> isWaitingItsTurn(run) && run.placement().startAt() == null)
                .filter(run -> admission.workflows().contains(new Claim.Version(run.workflow(), run.version())))
                .sorted(BEFORE)
                .limit(most)
                .toList();
        next.forEach(run -> {
            runs.put(run.id(), run.placed(run.placement().begun(admission.at())));
            admitted.add(pending(run));
        });
        if (queue.rate() == null || begun.size() + next.size() < queue.rate()) {
            return null;
        }
        return (begun.isEmpty() ? admission.at() : begun.get(0)) + queue.periodMillis() - admission.at();
    }

    private static boolean isWaitingItsTurn(RunRecord run) {
        return run.status() == RunStatus.PENDING && run.placement().beganAt() == null;
    }
}
