package dev.perdure.core.memory;

import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.spi.EngineIdentity;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory. Closing it keeps its content, so that a second engine can go on where a first one stopped, as it
 * would after a crash; a new owner takes over from one that never closed.
 *
 * <p>Thread-safe.
 */
public final class MemoryStore implements Store {
    private final Map<String, RunRecord> runs = new HashMap<>();
    private final Map<String, TreeMap<Long, Row>> journals = new HashMap<>();
    private long epoch;
    private @Nullable Lease owner;

    @Override
    public String describe() {
        return "the store in memory";
    }

    @Override
    public synchronized Lease acquire(EngineIdentity engine) {
        epoch++;
        owner = new Lease(engine.engineId(), epoch);
        return owner;
    }

    @Override
    public synchronized void release(Lease lease) {
        if (lease.equals(owner)) {
            owner = null;
        }
    }

    @Override
    public synchronized List<Optional<RunRecord>> commit(Lease lease, List<Write> batch) {
        if (!lease.equals(owner)) {
            throw StoreException.fenced(describe(), lease);
        }
        List<Optional<RunRecord>> obstacles = new ArrayList<>(batch.size());
        for (Write write : batch) {
            obstacles.add(apply(write));
        }
        return obstacles;
    }

    private Optional<RunRecord> apply(Write write) {
        if (write instanceof Write.StartRun start) {
            return start(start.run());
        }
        if (write instanceof Write.Append append) {
            append(append);
        } else if (write instanceof Write.Reset reset) {
            journals.remove(reset.runId());
            runs.computeIfPresent(reset.runId(), (id, run) -> run.reset());
        }
        return Optional.empty();
    }

    private Optional<RunRecord> start(RunRecord run) {
        RunRecord existing = runs.get(run.id());
        if (existing != null && existing.status() != RunStatus.RESET) {
            return Optional.of(existing);
        }
        runs.put(run.id(), existing == null ? run : run.inGeneration(existing.generation() + 1));
        journals.put(run.id(), new TreeMap<>());
        return Optional.empty();
    }

    private void append(Write.Append append) {
        TreeMap<Long, Row> journal = journals.computeIfAbsent(append.runId(), id -> new TreeMap<>());
        append.superseded().forEach(journal::remove);
        append.rows().forEach(row -> journal.putIfAbsent(row.seq(), row));
        RunUpdate update = append.update();
        if (update != null) {
            runs.computeIfPresent(append.runId(), (id, run) -> run.with(update));
        }
    }

    @Override
    public synchronized Optional<RunRecord> find(String runId) {
        return Optional.ofNullable(runs.get(runId)).filter(run -> run.status() != RunStatus.RESET);
    }

    @Override
    public synchronized List<Row> journal(String runId) {
        TreeMap<Long, Row> journal = journals.get(runId);
        return journal == null ? List.of() : List.copyOf(journal.values());
    }

    @Override
    public List<String> ids(RunQuery query) {
        return list(query).stream().map(RunRecord::id).toList();
    }

    @Override
    public synchronized List<RunRecord> list(RunQuery query) {
        return runs.values().stream()
                .filter(run -> query.statuses().contains(run.status()))
                .filter(run -> query.workflow() == null || query.workflow().equals(run.workflow()))
                .sorted(Comparator.comparingLong(RunRecord::createdAt).thenComparing(RunRecord::id))
                .skip(query.offset())
                .limit(query.limit())
                .toList();
    }

    @Override
    public synchronized void close() {
        owner = null;
    }
}
