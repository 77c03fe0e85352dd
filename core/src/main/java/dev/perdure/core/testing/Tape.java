package dev.perdure.core.testing;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.QueueRecord;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.StoredSignal;
import dev.perdure.core.journal.WaitRecord;
import dev.perdure.core.memory.MemoryStore;
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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** A store in memory that keeps each commit, so that every state it was in can be made again. Thread-safe. */
final class Tape implements Store {
    private final MemoryStore store;
    private final List<Step> commits = new ArrayList<>();
    private final Thread director = Thread.currentThread();
    private final int most;
    private boolean isElsewhere;

    /** What changed a store, to be done to another one. */
    private interface Step {
        void redo(MemoryStore other, Lease lease);
    }

    Tape(MemoryStore store) {
        this(store, Integer.MAX_VALUE);
    }

    private Tape(MemoryStore store, int most) {
        this.store = store;
        this.most = most;
    }

    /** A store that takes so many commits and nothing any more then, as if the process had died. */
    static Tape dyingAfter(int commits, MemoryStore store) {
        return new Tape(store, commits);
    }

    /** A new store as it was after the first {@code count} commits. */
    synchronized MemoryStore after(int count) {
        MemoryStore copy = new MemoryStore();
        Lease lease = copy.acquire(EngineIdentity.ofThisProcess());
        commits.subList(0, count).forEach(step -> step.redo(copy, lease));
        copy.release(lease);
        return copy;
    }

    synchronized int length() {
        return commits.size();
    }

    /** Whether another thread than the one that made this committed since this was last asked. */
    synchronized boolean wasElsewhere() {
        boolean was = isElsewhere;
        isElsewhere = false;
        return was;
    }

    @Override
    public List<WriteResult> commit(Lease lease, List<Write> batch) {
        List<WriteResult> results;
        synchronized (this) {
            requireAlive();
            results = store.commit(lease, batch);
            List<Write> kept = batch.stream()
                    .filter(write -> !write.runId().equals(Stage.PROBE))
                    .toList();
            if (!kept.isEmpty()) {
                keep((copy, owner) -> copy.commit(owner, kept));
            }
        }
        return results;
    }

    private void requireAlive() {
        if (commits.size() == most) {
            throw new StoreException(ErrorCode.STORE_UNAVAILABLE, "the process is dead", false, null);
        }
    }

    private void keep(Step step) {
        commits.add(step);
        isElsewhere |= Thread.currentThread() != director;
    }

    @Override
    public synchronized Admitted admit(Lease lease, Admission admission) {
        requireAlive();
        Admitted admitted = store.admit(lease, admission);
        if (!admitted.runs().isEmpty()) {
            keep((copy, owner) -> copy.admit(owner, admission));
        }
        return admitted;
    }

    @Override
    public List<PendingRun> pending() {
        return store.pending();
    }

    @Override
    public List<QueueRecord> queues() {
        return store.queues();
    }

    @Override
    public String describe() {
        return store.describe();
    }

    @Override
    public Lease acquire(EngineIdentity engine) {
        return store.acquire(engine);
    }

    @Override
    public void release(Lease lease) {
        store.release(lease);
    }

    @Override
    public Optional<RunRecord> find(String runId) {
        return store.find(runId);
    }

    @Override
    public List<Row> journal(String runId) {
        return store.journal(runId);
    }

    @Override
    public List<Recorded> recorded(List<String> runIds) {
        return store.recorded(runIds);
    }

    @Override
    public List<RunRecord> list(RunQuery query) {
        return store.list(query);
    }

    @Override
    public List<String> ids(RunQuery query) {
        return store.ids(query);
    }

    @Override
    public List<String> ended(Set<RunStatus> statuses, long before, int limit) {
        return store.ended(statuses, before, limit);
    }

    @Override
    public List<SignalRecord> signals(String runId) {
        return store.signals(runId);
    }

    @Override
    public List<StoredSignal> storedSignals(String runId) {
        return store.storedSignals(runId);
    }

    @Override
    public List<String> due(long at, int limit) {
        return store.due(at, limit);
    }

    @Override
    public List<String> unheard() {
        return store.unheard();
    }

    @Override
    public OptionalLong nextWake(long after) {
        return store.nextWake(after);
    }

    @Override
    public List<WaitRecord> waits(String kind, int limit, int offset) {
        return store.waits(kind, limit, offset);
    }

    @Override
    public List<ScheduleRecord> schedules() {
        return store.schedules();
    }

    @Override
    public Optional<DefinitionRecord> definition(String name, int version) {
        return store.definition(name, version);
    }

    @Override
    public List<DefinitionRecord> definitions() {
        return store.definitions();
    }

    @Override
    public void close() {
        store.close();
    }
}
