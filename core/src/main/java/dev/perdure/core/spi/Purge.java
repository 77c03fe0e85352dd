package dev.perdure.core.spi;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which runs that have ended are to be deleted, with their steps and signals. An immutable value.
 *
 * <p>The id of such a run is free: a start with it is a new run, as if there had never been one, with the idempotency keys that
 * the old one's steps had. A run stays while the run that called it has not ended, which may ask for its output yet.
 *
 * <pre>{@code
 * long deleted = engine.purge(Purge.endedBefore(now.minus(30, DAYS)).of(Set.of(RunStatus.COMPLETED)), null);
 * }</pre>
 *
 * @param statuses those of the runs; each one that a run can end in
 * @param before the runs ended before this time
 * @param batch how many are deleted in one transaction at most
 */
public record Purge(Set<RunStatus> statuses, Instant before, int batch) {
    private static final int STANDARD_BATCH = 100;

    public Purge {
        statuses = Set.copyOf(statuses);
        if (statuses.isEmpty() || !ended().containsAll(statuses)) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a purge of runs that are " + statuses + "; expected one or more of " + ended()
                            + ", as only what has ended can be deleted");
        }
        if (batch < 1) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT, "a purge in batches of " + batch + "; expected 1 or more");
        }
    }

    /** All runs that ended before then, however they did. */
    public static Purge endedBefore(Instant before) {
        return new Purge(ended(), before, STANDARD_BATCH);
    }

    /** The same, for runs that ended in one of these statuses only. */
    public Purge of(Set<RunStatus> these) {
        return new Purge(these, before, batch);
    }

    /** The same, so many runs in one transaction: others commit between two of them. */
    public Purge inBatchesOf(int most) {
        return new Purge(statuses, before, most);
    }

    private static EnumSet<RunStatus> ended() {
        EnumSet<RunStatus> ended = EnumSet.allOf(RunStatus.class);
        ended.removeIf(status -> !status.isTerminal() || status == RunStatus.RESET);
        return ended;
    }

    /**
     * Deletes them, batch by batch. What was deleted before an error stays so; what is only in the archive then is there again
     * after the next purge.
     *
     * @param archive takes each run before it is deleted; null for none
     * @param commit commits a batch, for who has a lease
     * @return how many were deleted
     * @throws PerdureException ARCHIVE_FAILED when the archive does not take a run: nothing of that batch was deleted
     * @throws StoreException when the store fails
     */
    public long carryOut(Store store, @Nullable RunArchive archive, Function<List<Write>, List<WriteResult>> commit) {
        long deleted = 0;
        long last = -1;
        while (last != 0) {
            List<String> found = store.ended(statuses, before.toEpochMilli(), batch);
            List<Write> writes = new ArrayList<>();
            for (String id : found) {
                archive(store, archive, id);
                writes.add(new Write.Purge(id));
            }
            flush(archive, found.size());
            last = writes.isEmpty()
                    ? 0
                    : commit.apply(writes).stream().filter(WriteResult::isDone).count();
            deleted += last;
        }
        return deleted;
    }

    private static void archive(Store store, @Nullable RunArchive archive, String id) {
        if (archive != null) {
            try {
                archive.write(store, id);
            } catch (IOException failed) {
                throw notArchived("run \"" + id + "\"", failed);
            }
        }
    }

    private static void flush(@Nullable RunArchive archive, int runs) {
        if (archive != null && runs > 0) {
            try {
                archive.flush();
            } catch (IOException failed) {
                throw notArchived(runs + " runs", failed);
            }
        }
    }

    private static PerdureException notArchived(String what, IOException failed) {
        return new PerdureException(
                ErrorCode.ARCHIVE_FAILED,
                "the archive did not take " + what + ", so nothing of this batch was deleted: " + failed.getMessage()
                        + ". See to the archive and purge again",
                failed);
    }
}
