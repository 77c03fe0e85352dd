package dev.perdure.core.memory;

import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.StoredSignal;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The signals of runs; a consumed one is kept too, so that a second one with its key is recognised. Guarded by its store. */
final class MemorySignals {
    private final Map<String, TreeMap<Long, StoredSignal>> signals = new HashMap<>();

    /** Keeps a signal for a run that has not ended. */
    WriteResult add(Write.Signal write, RunRecord run) {
        TreeMap<Long, StoredSignal> kept = signals.computeIfAbsent(write.runId(), id -> new TreeMap<>());
        for (StoredSignal stored : kept.values()) {
            if (isSame(stored.signal(), write.signal())) {
                return WriteResult.refused(
                        WriteResult.Kind.DUPLICATE, run, stored.signal().seq());
            }
        }
        if (waiting(write.runId()).size() >= write.limit()) {
            return WriteResult.refused(WriteResult.Kind.FULL, run, 0);
        }
        long seq = kept.isEmpty() ? 1 : kept.lastKey() + 1;
        kept.put(seq, StoredSignal.waiting(write.signal().at(seq)));
        return WriteResult.signal(seq);
    }

    private static boolean isSame(SignalRecord one, SignalRecord other) {
        return other.dedupKey() != null
                && other.dedupKey().equals(one.dedupKey())
                && other.name().equals(one.name());
    }

    void consume(Write.Append append) {
        signals.getOrDefault(append.runId(), new TreeMap<>())
                .replaceAll((seq, kept) -> append.consumed().contains(seq) ? kept.consumedBy(append.rows()) : kept);
    }

    /** Takes over those of a run that another store had. */
    void put(String runId, List<StoredSignal> copies) {
        TreeMap<Long, StoredSignal> kept = new TreeMap<>();
        copies.forEach(signal -> kept.put(signal.signal().seq(), signal));
        signals.put(runId, kept);
    }

    void remove(String runId) {
        signals.remove(runId);
    }

    /** Those that no wait has consumed, by seq. */
    List<SignalRecord> waiting(String runId) {
        return all(runId).stream()
                .filter(stored -> !stored.isConsumed())
                .map(StoredSignal::signal)
                .toList();
    }

    List<StoredSignal> all(String runId) {
        return List.copyOf(signals.getOrDefault(runId, new TreeMap<>()).values());
    }
}
