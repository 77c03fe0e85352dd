package dev.perdure.core.payload;

import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.QueueRecord;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.StoredSignal;
import dev.perdure.core.journal.WaitRecord;
import dev.perdure.core.spi.Admission;
import dev.perdure.core.spi.Admitted;
import dev.perdure.core.spi.Claim;
import dev.perdure.core.spi.EngineIdentity;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.PayloadCodec;
import dev.perdure.core.spi.PendingRun;
import dev.perdure.core.spi.Recorded;
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Transactions;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A store whose payloads go through a {@link PayloadCodec}: encoded before they reach the store below, decoded after they were
 * read. Everything that works on a store works on this one: engines, clients, exports, preflights.
 *
 * <p>A payload that cannot be decoded hinders no read. Its text is then an {@link dev.perdure.core.EncodedText}, which nobody
 * takes for a value, and which is written again as it was.
 *
 * <p>Thread-safe. Closing it closes the store below.
 */
public final class EncodedStore implements Store {
    private final Store store;
    private final PayloadTexts texts;
    private final EncodedWrites writes;

    private EncodedStore(Store store, PayloadCodec codec) {
        this.store = store;
        this.texts = new PayloadTexts(codec);
        this.writes = new EncodedWrites(store, texts);
    }

    /** {@code store}, which it owns from now on, with payloads in the form of {@code codec}. */
    public static EncodedStore of(Store store, PayloadCodec codec) {
        return new EncodedStore(store, codec);
    }

    /** Where {@code store} keeps payloads as they are stored: itself, unless it encodes them. */
    public static Store below(Store store) {
        return store instanceof EncodedStore encoded ? below(encoded.store) : store;
    }

    @Override
    public String describe() {
        return store.describe();
    }

    @Override
    public boolean isShared() {
        return store.isShared();
    }

    @Override
    public Optional<Instant> time() {
        return store.time();
    }

    @Override
    public Lease acquire(EngineIdentity engine) {
        return store.acquire(engine);
    }

    @Override
    public List<String> claim(Lease lease, Claim claim) {
        return store.claim(lease, claim);
    }

    @Override
    public List<String> claim(Lease lease, long at, int limit) {
        return store.claim(lease, at, limit);
    }

    @Override
    public List<String> claim(Lease lease, Collection<String> runIds) {
        return store.claim(lease, runIds);
    }

    @Override
    public Admitted admit(Lease lease, Admission admission) {
        return store.admit(lease, admission);
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
    public Runnable listen(Runnable news) {
        return store.listen(news);
    }

    @Override
    public List<String> woken(Lease lease, int limit) {
        return store.woken(lease, limit);
    }

    @Override
    public List<String> settled(Collection<String> runIds) {
        return store.settled(runIds);
    }

    @Override
    public List<WriteResult> post(List<Write> batch) {
        return writes.decoded(store.post(writes.encoded(batch)));
    }

    @Override
    public void release(Lease lease) {
        store.release(lease);
    }

    @Override
    public List<WriteResult> commit(Lease lease, List<Write> batch) {
        return writes.decoded(store.commit(lease, writes.encoded(batch)));
    }

    @Override
    public Optional<List<WriteResult>> outcome(Lease lease) {
        return store.outcome(lease).map(writes::decoded);
    }

    @Override
    public int lanes() {
        return store.lanes();
    }

    @Override
    public List<WriteResult> commit(Lease lease, int lane, List<Write> batch) {
        return writes.decoded(store.commit(lease, lane, writes.encoded(batch)));
    }

    @Override
    public Optional<List<WriteResult>> outcome(Lease lease, int lane) {
        return store.outcome(lease, lane).map(writes::decoded);
    }

    @Override
    public Optional<RunRecord> find(String runId) {
        return store.find(runId).map(texts::decoded);
    }

    @Override
    public List<Row> journal(String runId) {
        return store.journal(runId).stream()
                .map(row -> texts.decoded(runId, row))
                .toList();
    }

    @Override
    public List<Recorded> recorded(List<String> runIds) {
        return store.recorded(runIds).stream().map(texts::decoded).toList();
    }

    @Override
    public List<RunRecord> list(RunQuery query) {
        return store.list(query).stream().map(texts::decoded).toList();
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
        return store.signals(runId).stream()
                .map(signal -> texts.decoded(runId, signal))
                .toList();
    }

    @Override
    public List<StoredSignal> storedSignals(String runId) {
        return store.storedSignals(runId).stream()
                .map(signal -> texts.decoded(runId, signal))
                .toList();
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
        return store.waits(kind, limit, offset).stream()
                .map(wait -> new WaitRecord(wait.runId(), texts.decoded(wait.runId(), wait.row())))
                .toList();
    }

    @Override
    public List<ScheduleRecord> schedules() {
        return store.schedules().stream().map(texts::decoded).toList();
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
    public @Nullable Transactions transactions() {
        Transactions below = store.transactions();
        return below == null ? null : new EncodedTransactions(below, writes);
    }

    @Override
    public void close() {
        store.close();
    }
}
