package dev.perdure.core.engine;

import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.WriteResult;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;

/**
 * Commits by one lane, and nothing twice. What a commit that failed was to record is committed again only once the store has said
 * that it is not recorded: where several engines share it, another one may have gone on from there. For whoever has the
 * lane.
 */
final class SureCommits {
    private final Store store;
    private final Lease lease;
    private final int lane;
    /** What was in the last commit, if that failed and may be recorded all the same. */
    private List<PendingWrite> doubtful = List.of();
    /** What turned out to be recorded, and who waits for it has not been told. */
    private final IdentityHashMap<PendingWrite, WriteResult> recorded = new IdentityHashMap<>();

    SureCommits(Store store, Lease lease, int lane) {
        this.store = store;
        this.lease = lease;
        this.lane = lane;
    }

    /** Returns the results in the order of the batch, which has to contain what is in doubt that somebody still waits for. */
    List<WriteResult> commit(List<PendingWrite> batch) {
        settle();
        List<PendingWrite> left =
                batch.stream().filter(write -> !recorded.containsKey(write)).toList();
        if (!left.isEmpty()) {
            note(left, commitOnce(left));
        }
        List<WriteResult> results = new ArrayList<>(batch.size());
        batch.forEach(write -> results.add(Objects.requireNonNull(recorded.get(write), "recorded by now")));
        recorded.clear();
        return results;
    }

    private void settle() {
        if (!doubtful.isEmpty()) {
            store.outcome(lease, lane).ifPresent(results -> note(doubtful, results));
            doubtful = List.of();
        }
    }

    private List<WriteResult> commitOnce(List<PendingWrite> left) {
        try {
            return store.commit(
                    lease, lane, left.stream().map(PendingWrite::write).toList());
        } catch (StoreException failed) {
            doubtful = failed.isTransient() ? left : List.of();
            throw failed;
        }
    }

    private void note(List<PendingWrite> writes, List<WriteResult> results) {
        for (int i = 0; i < writes.size(); i++) {
            recorded.put(writes.get(i), results.get(i));
        }
    }
}
