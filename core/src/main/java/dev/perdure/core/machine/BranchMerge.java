package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.Merge;
import dev.perdure.core.journal.Change;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Merges what branches changed into one diff. A pure function of the base context and the recorded branches. */
final class BranchMerge {
    private BranchMerge() {}

    /**
     * What a merge gave.
     *
     * @param changes the merged diff
     * @param warnings conflicts that were decided by order
     * @param conflict why the block fails; null when it does not
     */
    record Result(
            Changes changes,
            List<String> warnings,
            @Nullable String conflict) {}

    static Result merge(Merge merge, Context base, List<BranchResult> branches) {
        List<BranchResult> done =
                branches.stream().filter(branch -> !branch.changes().isEmpty()).toList();
        try {
            if (merge instanceof Merge.LastWins) {
                return new Result(lastWins(done), List.of(), null);
            }
            if (merge instanceof Merge.Collect collect) {
                return new Result(collect(collect.into(), base, branches), List.of(), null);
            }
            return deep(merge instanceof Merge.Strict, base, done);
        } catch (PerdureException unfit) {
            if (unfit.code() != ErrorCode.CONTEXT_TYPE && unfit.code() != ErrorCode.LIMIT_EXCEEDED) {
                throw unfit;
            }
            return new Result(Changes.NONE, List.of(), "the branches' changes do not fit: " + unfit.getMessage());
        }
    }

    private static Changes lastWins(List<BranchResult> branches) {
        return Changes.all(branches.stream()
                .sorted(Comparator.comparingInt(BranchResult::completionOrder))
                .map(BranchResult::changes)
                .toList());
    }

    private static Changes collect(String into, Context base, List<BranchResult> branches) {
        Map<String, @Nullable Object> collected = new LinkedHashMap<>();
        for (BranchResult branch : branches) {
            if (branch.failure() == null) {
                collected.put(branch.name(), valuesAfter(base, branch.changes()));
            }
        }
        return Changes.puts(Map.of(into, collected));
    }

    /** The value of each key that {@code changes} touched; null for one that it removed. */
    private static Map<String, @Nullable Object> valuesAfter(Context base, Changes changes) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        changes.byKey().forEach((key, change) -> values.put(key, change.applyTo(base.has(key), base.get(key))));
        return values;
    }

    private static Result deep(boolean isStrict, Context base, List<BranchResult> branches) {
        Map<String, DeepValue> keys = new LinkedHashMap<>();
        Conflicts conflicts = new Conflicts();
        for (BranchResult branch : branches) {
            branch.changes()
                    .byKey()
                    .forEach((key, change) -> keys.computeIfAbsent(
                                    key, name -> new DeepValue(name, base.has(name), base.get(name), conflicts))
                            .apply(branch.name(), change));
        }
        Map<String, Change> merged = new LinkedHashMap<>();
        keys.forEach((key, value) -> merged.put(key, value.change()));
        if (isStrict && !conflicts.found().isEmpty()) {
            return new Result(Changes.NONE, List.of(), String.join("; ", conflicts.found()));
        }
        return new Result(new Changes(merged), conflicts.found(), null);
    }
}
