package dev.perdure.core.engine;

import dev.perdure.core.spi.Write;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes that are committed together.
 *
 * @param lane the number of the lane by which they are
 * @param runs what they are about; null where that is not known, or may be any run
 * @param trouble what somebody met who tried; null for nobody did
 */
record CommitBatch(
        int lane,
        List<PendingWrite> requests,
        @Nullable Set<String> runs,
        @Nullable Throwable trouble) {
    /** @param isBeside whether another one may have to be committed beside it */
    static CommitBatch of(int lane, List<PendingWrite> requests, boolean isBeside) {
        return new CommitBatch(lane, requests, isBeside ? runsOf(requests) : null, null);
    }

    CommitBatch met(Throwable what) {
        return new CommitBatch(lane, requests, runs, what);
    }

    /** The same without what is not to wait until the store can be reached again. */
    CommitBatch patient() {
        List<PendingWrite> patient =
                requests.stream().filter(request -> !request.isImpatient()).toList();
        return new CommitBatch(lane, patient, runs, trouble);
    }

    /** Whether it makes no difference which of the two is durable first, or alone. */
    boolean isApartFrom(Write write) {
        List<String> others = runsOf(write);
        return runs != null && !others.isEmpty() && others.stream().noneMatch(runs::contains);
    }

    private static @Nullable Set<String> runsOf(List<PendingWrite> requests) {
        Set<String> all = new HashSet<>();
        for (PendingWrite request : requests) {
            List<String> some = runsOf(request.write());
            if (some.isEmpty()) {
                return null;
            }
            all.addAll(some);
        }
        return all;
    }

    /** The runs that it is about; none where it may have to do with any. */
    private static List<String> runsOf(Write write) {
        if (write instanceof Write.Append append) {
            return pair(append.runId(), append.wakes());
        }
        if (write instanceof Write.StartRun start && start.run().placement().dedupKey() == null) {
            return pair(start.runId(), start.run().parent());
        }
        return write instanceof Write.Signal ? List.of(write.runId()) : List.of();
    }

    private static List<String> pair(String run, @Nullable String other) {
        return other == null ? List.of(run) : List.of(run, other);
    }
}
