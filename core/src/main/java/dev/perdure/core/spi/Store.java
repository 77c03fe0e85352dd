package dev.perdure.core.spi;

import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.WaitRecord;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where runs and journals live. One contract test suite holds every implementation to this page.
 *
 * <p>Thread-safe: {@link #commit} is called by one thread at a time, the reads by any. Every method blocks. Failures are
 * {@link StoreException}s, whose messages never show a stored value. After a failed commit, nothing of its batch or all
 * of it is durable, and the same batch may be committed again: every write is idempotent but a signal without a dedup key,
 * which then counts twice.
 */
public interface Store extends AutoCloseable {
    /** What and where it is, for messages; without secrets. */
    String describe();

    /**
     * Makes {@code engine} the owner of the store's runs; a former owner's commits are refused from here on.
     *
     * @throws StoreException STORE_IN_USE when another live engine holds the store
     */
    Lease acquire(EngineIdentity engine);

    /** Gives the lease up. Does nothing when it is lost already. */
    void release(Lease lease);

    /**
     * Commits a batch in one transaction: all of it is durable when this returns, and checked to be the owner's in the
     * same transaction.
     *
     * @return for each write what became of it; a refused one changed nothing
     * @throws StoreException OWNERSHIP_LOST when the lease is not the owner's any more; STORE_UNAVAILABLE otherwise
     */
    List<WriteResult> commit(Lease lease, List<Write> batch);

    /** The run with this id; empty where there is none or it was reset. */
    Optional<RunRecord> find(String runId);

    /** The run's journal, in order of {@link Row#seq()}. */
    List<Row> journal(String runId);

    /** The runs that {@code query} asks for, oldest first (by time of creation, then id). */
    List<RunRecord> list(RunQuery query);

    /** The ids of the runs that {@code query} asks for, in that order. It reads no values, so a damaged row hides no other. */
    List<String> ids(RunQuery query);

    /** The signals of a run that no wait has consumed, by seq. */
    List<SignalRecord> signals(String runId);

    /**
     * The ids of runs that are WAITING and due by {@code at}, the longest due first.
     *
     * @param at milliseconds since 1970
     */
    List<String> due(long at, int limit);

    /** The earliest time later than {@code after} at which a WAITING run is due, in milliseconds since 1970; empty for none. */
    OptionalLong nextWake(long after);

    /**
     * The waits of one kind that have not ended, of runs that have not, the oldest first.
     *
     * @param kind see {@link Row#kind()}: {@code approval}, {@code signal} …
     */
    List<WaitRecord> waits(String kind, int limit, int offset);

    /** All schedules, by name. */
    List<ScheduleRecord> schedules();

    /** Releases everything that is held, the lease too. Idempotent. */
    @Override
    void close();
}
