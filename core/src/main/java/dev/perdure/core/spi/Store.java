package dev.perdure.core.spi;

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
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where runs and journals live. One contract test suite holds every implementation to this page.
 *
 * <p>Thread-safe: commits are made by one thread at a time, or one for each of the {@link #lanes}; the reads by any. Every method blocks. Failures are
 * {@link StoreException}s, whose messages never show a stored value. After a failed commit, nothing of its batch or all
 * of it is durable, and the same batch may be committed again: every write is idempotent but a signal without a dedup key,
 * which then counts twice.
 */
public interface Store extends AutoCloseable {
    /** What and where it is, for messages; without secrets. */
    String describe();

    /**
     * Whether several engines may hold leases at once. Each of them then has only the runs that it started or claimed; a store
     * that is not shared has one owner at a time, which has all runs.
     */
    default boolean isShared() {
        return false;
    }

    /** The time by which the engines go that share the store; empty where it has no clock of its own. */
    default Optional<Instant> time() {
        return Optional.empty();
    }

    /**
     * Makes {@code engine} the owner of the store's runs, or one of the owners where the store {@link #isShared()}; a former
     * owner's commits are refused from here on.
     *
     * @throws StoreException STORE_IN_USE when another live engine holds the store, which is not shared
     */
    Lease acquire(EngineIdentity engine);

    /**
     * Gives the engine runs that nobody has and that there is something to do for: those that are due first, the longest due
     * before the others, then those that are pending or were left behind by an engine that died, oldest first. The runs of
     * engines whose leases have run out count as nobody's from here on. What one engine is given, no other one gets until it
     * is recorded as waiting, paused or ended, or the lease is released or lost. Of those that are pending, the ones of a higher
     * priority go first, and one that is held back ({@link RunRecord#isHeldBack}) is given by {@link #admit} only, or here once its
     * time has come where it is in no queue.
     *
     * <p>Where a store has one owner, that has everything else in memory already, and is given what is {@link #due}.
     *
     * @return the runs' ids, in that order; a run that was WAITING is RUNNING from here on where the store is shared
     * @throws StoreException OWNERSHIP_LOST when the lease was lost
     */
    default List<String> claim(Lease lease, Claim claim) {
        return due(claim.at(), claim.limit());
    }

    /** As {@link #claim(Lease, Claim)}, for runs of any workflow. */
    default List<String> claim(Lease lease, long at, int limit) {
        return claim(lease, Claim.of(at, limit));
    }

    /**
     * Gives the engine those of these runs that nobody has, whatever their status, for something that somebody asks of them; but
     * none that is held back.
     *
     * @return the ids of those that the engine now has, also of those that it had before, in the order given; an unknown
     *     run's is left out where the store {@link #isShared()}
     * @throws StoreException OWNERSHIP_LOST when the lease was lost
     */
    default List<String> claim(Lease lease, Collection<String> runIds) {
        return List.copyOf(runIds);
    }

    /**
     * Lets runs begin, in one transaction: those in a queue whose turn it is, and, where the store has one owner, those in no queue
     * whose time has come. Of a queue, as many begin as its limits leave room for, highest priority first, then oldest. What is under
     * way counts from when it was let begin until it has ended, also while it waits or is paused, whoever has it; so does one that
     * goes on after it had ended. A queue that was never saved lets nothing begin. Where another engine is at a queue, that is
     * passed over.
     *
     * <p>A rate counts by the store's clock where engines share it, and by {@link Admission#at()} elsewhere.
     *
     * @throws StoreException OWNERSHIP_LOST when the lease was lost
     */
    Admitted admit(Lease lease, Admission admission);

    /** The runs that are PENDING and not held back: highest priority first, then oldest. */
    List<PendingRun> pending();

    /** All queues, by name. */
    List<QueueRecord> queues();

    /**
     * The runs that the engine has, and that somebody sent something to or ended a child of: each is told of once, and once
     * more for what comes after. Whoever asks then reads what that is. A store with one owner tells of what other processes did.
     *
     * @throws StoreException OWNERSHIP_LOST when the lease was lost
     */
    default List<String> woken(Lease lease, int limit) {
        return List.of();
    }

    /**
     * Has {@code news} called soon after another process wrote something that {@link #claim}, {@link #woken} or {@link #settled} tell
     * of, by a thread of the store, which it must not keep. A hint: it may come late, for nothing, or not at all, so that whoever
     * listens looks now and then all the same. A store that gives no hints ignores the call.
     *
     * @return ends it
     */
    default Runnable listen(Runnable news) {
        return () -> {};
    }

    /** Those of these runs that have ended or stopped, or that there are not. */
    default List<String> settled(Collection<String> runIds) {
        return runIds.stream()
                .filter(runId -> find(runId)
                        .map(run -> run.status().isTerminal() || run.status().isStopped())
                        .orElse(true))
                .toList();
    }

    /**
     * Commits, in one transaction and without a lease, what anybody may write: {@link Write.StartRun} of a run that is PENDING and
     * has no journal, {@link Write.Signal} with a dedup key, and {@link Write.Withdraw}. So it may be repeated whatever came of it.
     *
     * @return for each write what became of it
     * @throws IllegalArgumentException for any other write
     * @throws StoreException STORE_UNAVAILABLE; INVALID_ARGUMENT where the store takes writes of its owner only
     */
    default List<WriteResult> post(List<Write> batch) {
        throw new StoreException(
                ErrorCode.INVALID_ARGUMENT,
                describe() + " takes writes from its engine only; start and signal runs through that",
                false,
                null);
    }

    /** Gives the lease up, and with it all runs that it was held for. Does nothing when it is lost already. */
    void release(Lease lease);

    /**
     * Commits a batch in one transaction: all of it is durable when this returns, and checked to be the owner's in the
     * same transaction.
     *
     * @return for each write what became of it; a refused one changed nothing
     * @throws StoreException OWNERSHIP_LOST when the lease is not the owner's any more; STORE_UNAVAILABLE otherwise
     */
    List<WriteResult> commit(Lease lease, List<Write> batch);

    /**
     * What came of the last commit under the lease, where that failed and nobody could say at the time whether it was recorded. To be
     * asked before any of it is committed again: others may have gone on from it meanwhile, and it must not be done to what they
     * made of it.
     *
     * @return its results if it is recorded; empty if it is not and may be committed again, or if there is no such commit
     * @throws StoreException STORE_UNAVAILABLE when that still cannot be said
     */
    default Optional<List<WriteResult>> outcome(Lease lease) {
        return Optional.empty();
    }

    /**
     * How many commits of one engine the store takes at once, each by a lane of its own, from 0. One commit of each lane may be under
     * way. What is committed by several at once has no run in common: neither one that it is about nor a parent of one, nor one that it
     * wakes. It consists of {@link Write.Append}s, {@link Write.Signal}s and {@link Write.StartRun}s without dedup keys, and becomes
     * durable in any order.
     */
    default int lanes() {
        return 1;
    }

    /** As {@link #commit(Lease, List)}, which is that by lane 0. */
    default List<WriteResult> commit(Lease lease, int lane, List<Write> batch) {
        return commit(lease, batch);
    }

    /** As {@link #outcome(Lease)}, of the last commit by the lane; what is in doubt of one has nothing to do with the others. */
    default Optional<List<WriteResult>> outcome(Lease lease, int lane) {
        return outcome(lease);
    }

    /** The run with this id; empty where there is none or it was reset. */
    Optional<RunRecord> find(String runId);

    /** The run's journal, in order of {@link Row#seq()}. */
    List<Row> journal(String runId);

    /**
     * What is recorded of these runs, so that an engine can go on with them. One that there is none of, or that was reset, is left
     * out; the order is any. A caller names some dozens at most: all of their journals are in memory at once.
     *
     * @throws StoreException CORRUPT_ROW when a row of one of them cannot be read; the others may be asked for one by one
     */
    List<Recorded> recorded(List<String> runIds);

    /** The runs that {@code query} asks for, oldest first (by time of creation, then id). */
    List<RunRecord> list(RunQuery query);

    /** The ids of the runs that {@code query} asks for, in that order. It reads no values, so a damaged row hides no other. */
    List<String> ids(RunQuery query);

    /**
     * The ids of runs that ended in one of these statuses before a time, and of which no other run waits for the end: that of
     * the run that called it is none, or has ended, or is gone. The oldest by creation first.
     *
     * @param before milliseconds since 1970
     */
    List<String> ended(Set<RunStatus> statuses, long before, int limit);

    /** The signals of a run that no wait has consumed, by seq. */
    List<SignalRecord> signals(String runId);

    /** All signals of a run that it still has, those that a wait has consumed too, by seq. */
    List<StoredSignal> storedSignals(String runId);

    /**
     * The ids of runs that are WAITING and due by {@code at}, the longest due first.
     *
     * @param at milliseconds since 1970
     */
    List<String> due(long at, int limit);

    /**
     * The ids of runs that are WAITING and may not have heard of something: they have signals that no wait has consumed, or
     * called runs. An owner tells a run in memory what came, and the run's next update takes back that it is due; so the
     * owner after one that died asks here, once. None where the store {@link #isShared()}: there a run stays due until it is
     * claimed.
     */
    List<String> unheard();

    /**
     * The earliest time later than {@code after} at which a WAITING run is due, or the time of one comes that is not to begin
     * before; in milliseconds since 1970, empty for none.
     */
    OptionalLong nextWake(long after);

    /**
     * The waits of one kind that have not ended, of runs that have not, the oldest first.
     *
     * @param kind see {@link Row#kind()}: {@code approval}, {@code signal} …
     */
    List<WaitRecord> waits(String kind, int limit, int offset);

    /** All schedules, by name. */
    List<ScheduleRecord> schedules();

    /** The definition with this name and version whose text is kept here; empty for none. */
    Optional<DefinitionRecord> definition(String name, int version);

    /** All definitions whose texts are kept here, by name and then version. */
    List<DefinitionRecord> definitions();

    /** How this store runs the bodies of atomic steps in its transactions; null where it cannot. */
    default @Nullable Transactions transactions() {
        return null;
    }

    /** Releases everything that is held, the lease too. Idempotent. */
    @Override
    void close();
}
