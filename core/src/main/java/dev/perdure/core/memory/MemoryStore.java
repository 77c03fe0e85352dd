package dev.perdure.core.memory;

import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.QueueRecord;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.StoredSignal;
import dev.perdure.core.journal.WaitRecord;
import dev.perdure.core.spi.Admission;
import dev.perdure.core.spi.Admitted;
import dev.perdure.core.spi.EngineIdentity;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.PendingRun;
import dev.perdure.core.spi.Recorded;
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
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
    private final MemorySignals signals = new MemorySignals();
    private final TreeMap<String, ScheduleRecord> schedules = new TreeMap<>();
    private final MemoryDefinitions definitions = new MemoryDefinitions();
    private final MemoryQueues queues = new MemoryQueues(runs);
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

    private void requireHeld(Lease lease) {
        if (!lease.equals(owner)) {
            throw StoreException.fenced(describe(), lease);
        }
    }

    @Override
    public synchronized Admitted admit(Lease lease, Admission admission) {
        requireHeld(lease);
        return admission.limit() <= 0 ? Admitted.NOTHING : queues.admit(admission);
    }

    @Override
    public synchronized List<PendingRun> pending() {
        return queues.pending();
    }

    @Override
    public synchronized List<QueueRecord> queues() {
        return queues.all();
    }

    @Override
    public synchronized List<WriteResult> commit(Lease lease, List<Write> batch) {
        requireHeld(lease);
        List<WriteResult> results = new ArrayList<>(batch.size());
        for (Write write : batch) {
            results.add(apply(write));
        }
        return results;
    }

    private WriteResult apply(Write write) {
        if (write instanceof Write.StartRun start) {
            return start(start);
        }
        if (write instanceof Write.Signal signal) {
            return signal(signal);
        }
        if (write instanceof Write.ImportRun copy) {
            return add(copy);
        }
        if (write instanceof Write.SaveDefinition save) {
            RunQuery unfinished =
                    RunQuery.unfinished().ofWorkflow(save.definition().name());
            return definitions.save(save.definition(), list(unfinished).stream());
        }
        if (write instanceof Write.Purge purge) {
            return purge(purge.runId());
        }
        if (write instanceof Write.Withdraw withdraw) {
            return withdraw(withdraw);
        }
        if (write instanceof Write.Append append) {
            append(append);
        } else if (write instanceof Write.Reset reset) {
            journals.remove(reset.runId());
            signals.remove(reset.runId());
            runs.computeIfPresent(reset.runId(), (id, run) -> run.reset());
        } else if (write instanceof Write.SaveSchedule save) {
            schedules.put(save.schedule().name(), save.schedule());
        } else if (write instanceof Write.MoveSchedule move) {
            schedules.computeIfPresent(
                    move.schedule().name(), (name, stored) -> move.fits(stored) ? move.schedule() : stored);
        } else if (write instanceof Write.DropSchedule drop) {
            schedules.remove(drop.name());
        } else if (write instanceof Write.SaveQueue save) {
            queues.save(save.queue());
        }
        return WriteResult.DONE;
    }

    private WriteResult withdraw(Write.Withdraw withdraw) {
        RunRecord run = runs.get(withdraw.runId());
        if (run == null || run.status() == RunStatus.RESET) {
            return WriteResult.refused(WriteResult.Kind.UNKNOWN_RUN, null, 0);
        }
        RunUpdate update = withdraw.update();
        if (run.isHeldBack()) {
            append(new Write.Append(run.id(), withdraw.rows(), List.of(), List.of(), update, null));
            return WriteResult.DONE;
        }
        boolean isRepeated = run.status() == update.status()
                && Objects.equals(run.finishedAt(), update.finishedAt())
                && run.placement().beganAt() == null;
        return isRepeated ? WriteResult.DONE : WriteResult.notWithdrawn(run);
    }

    private WriteResult purge(String runId) {
        RunRecord run = runs.get(runId);
        if (run != null && (!run.status().isTerminal() || isNeeded(run))) {
            return WriteResult.inUse(run);
        }
        runs.remove(runId);
        journals.remove(runId);
        signals.remove(runId);
        return WriteResult.DONE;
    }

    @Override
    public synchronized List<String> ended(Set<RunStatus> statuses, long before, int limit) {
        return list(RunQuery.of(statuses)).stream()
                .filter(run -> run.finishedAt() != null && run.finishedAt() < before && !isNeeded(run))
                .limit(limit)
                .map(RunRecord::id)
                .toList();
    }

    private boolean isNeeded(RunRecord run) {
        RunRecord caller = run.parent() == null ? null : runs.get(run.parent());
        return caller != null && !caller.status().isTerminal();
    }

    private WriteResult add(Write.ImportRun copy) {
        RunRecord existing = runs.get(copy.runId());
        Optional<RunRecord> holder = existing == null && !copy.run().status().isTerminal()
                ? queues.holderOfKeyOf(copy.run())
                : Optional.ofNullable(existing);
        if (holder.isPresent()) {
            return WriteResult.exists(holder.get());
        }
        runs.put(copy.runId(), copy.run());
        TreeMap<Long, Row> journal = new TreeMap<>();
        copy.rows().forEach(row -> journal.put(row.seq(), row));
        journals.put(copy.runId(), journal);
        signals.put(copy.runId(), copy.signals());
        return WriteResult.DONE;
    }

    private WriteResult start(Write.StartRun start) {
        RunRecord run = start.run();
        RunRecord existing = runs.get(run.id());
        if (existing != null && existing.status() != RunStatus.RESET) {
            return WriteResult.exists(existing);
        }
        Optional<RunRecord> holder = queues.holderOfKeyOf(run);
        if (holder.isPresent()) {
            return WriteResult.exists(holder.get());
        }
        int generation = existing == null ? run.generation() : existing.generation() + 1;
        runs.put(run.id(), run.inGeneration(generation));
        TreeMap<Long, Row> journal = new TreeMap<>();
        start.rows().forEach(row -> journal.put(row.seq(), row));
        journals.put(run.id(), journal);
        return WriteResult.started(generation);
    }

    private void append(Write.Append append) {
        TreeMap<Long, Row> journal = journals.computeIfAbsent(append.runId(), id -> new TreeMap<>());
        append.superseded().forEach(journal::remove);
        append.rows().forEach(row -> journal.putIfAbsent(row.seq(), row));
        signals.consume(append);
        RunUpdate update = append.update();
        if (update != null) {
            runs.computeIfPresent(
                    append.runId(),
                    (id, run) -> isWokenEarly(run, update) ? run.with(update).wakingAt(0) : run.with(update));
        }
        if (append.wakes() != null) {
            wake(append.wakes());
        }
    }

    private void wake(String runId) {
        runs.computeIfPresent(runId, (id, run) -> run.status().isTerminal() ? run : run.wakingAt(0));
    }

    /** Whether something came for a run before it was recorded as one that waits. */
    private static boolean isWokenEarly(RunRecord run, RunUpdate update) {
        boolean isWoken = run.status() != RunStatus.WAITING && run.wakeAt() != null && run.wakeAt() == 0;
        return isWoken && !update.status().isTerminal();
    }

    private WriteResult signal(Write.Signal write) {
        RunRecord run = runs.get(write.runId());
        if (run == null || run.status() == RunStatus.RESET) {
            return WriteResult.refused(WriteResult.Kind.UNKNOWN_RUN, null, 0);
        }
        if (run.status().isTerminal()) {
            return WriteResult.refused(WriteResult.Kind.ENDED, run, 0);
        }
        WriteResult added = signals.add(write, run);
        if (!added.isDone()) {
            return added;
        }
        if (run.status() == RunStatus.PAUSED && write.signal().isCommand()) {
            runs.put(run.id(), run.with(RunUpdate.toStatus(RunStatus.RUNNING, run.error(), run.updatedAt())));
        }
        wake(write.runId());
        return added;
    }

    @Override
    public synchronized Optional<RunRecord> find(String runId) {
        return Optional.ofNullable(runs.get(runId)).filter(run -> run.status() != RunStatus.RESET);
    }

    @Override
    public synchronized List<Recorded> recorded(List<String> runIds) {
        return runIds.stream()
                .flatMap(runId -> find(runId).stream())
                .map(run -> new Recorded(run, journal(run.id()), signals(run.id())))
                .toList();
    }

    @Override
    public synchronized List<Row> journal(String runId) {
        TreeMap<Long, Row> journal = journals.get(runId);
        return journal == null ? List.of() : List.copyOf(journal.values());
    }

    @Override
    public synchronized List<SignalRecord> signals(String runId) {
        return signals.waiting(runId);
    }

    @Override
    public synchronized List<String> due(long at, int limit) {
        return runs.values().stream()
                .filter(run -> isWaking(run) && wakeOf(run) <= at)
                .sorted(Comparator.comparingLong(MemoryStore::wakeOf).thenComparing(RunRecord::id))
                .limit(limit)
                .map(RunRecord::id)
                .toList();
    }

    @Override
    public synchronized List<String> unheard() {
        return runs.values().stream()
                .filter(run -> run.status() == RunStatus.WAITING)
                .map(RunRecord::id)
                .filter(id -> !signals(id).isEmpty() || journal(id).stream().anyMatch(MemoryStore::isCalling))
                .toList();
    }

    private static boolean isCalling(Row row) {
        return row.status() == StepStatus.WAITING && row.kind().equals("call");
    }

    @Override
    public synchronized OptionalLong nextWake(long after) {
        OptionalLong wake = runs.values().stream()
                .filter(MemoryStore::isWaking)
                .mapToLong(MemoryStore::wakeOf)
                .filter(due -> due > after)
                .min();
        return LongStream.concat(wake.stream(), queues.nextStart(after).stream())
                .min();
    }

    private static boolean isWaking(RunRecord run) {
        return run.status() == RunStatus.WAITING && run.wakeAt() != null;
    }

    private static long wakeOf(RunRecord run) {
        return Objects.requireNonNull(run.wakeAt());
    }

    @Override
    public synchronized List<WaitRecord> waits(String kind, int limit, int offset) {
        return journals.entrySet().stream()
                .filter(journal -> runs.containsKey(journal.getKey())
                        && !runs.get(journal.getKey()).status().isTerminal())
                .flatMap(journal ->
                        journal.getValue().values().stream().map(row -> new WaitRecord(journal.getKey(), row)))
                .filter(wait -> wait.row().status() == StepStatus.WAITING
                        && wait.row().kind().equals(kind))
                .sorted(Comparator.<WaitRecord>comparingLong(
                                wait -> Objects.requireNonNull(wait.row().startedAt()))
                        .thenComparing(WaitRecord::runId)
                        .thenComparingLong(wait -> wait.row().seq()))
                .skip(offset)
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<ScheduleRecord> schedules() {
        return List.copyOf(schedules.values());
    }

    @Override
    public synchronized List<StoredSignal> storedSignals(String runId) {
        return signals.all(runId);
    }

    @Override
    public synchronized Optional<DefinitionRecord> definition(String name, int version) {
        return definitions.find(name, version);
    }

    @Override
    public synchronized List<DefinitionRecord> definitions() {
        return definitions.all();
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

    /** Nothing: a lease is given back with {@link #release}, and the one there is now may be another engine's. */
    @Override
    public void close() {}
}
