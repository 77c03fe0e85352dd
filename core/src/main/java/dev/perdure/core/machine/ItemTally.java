package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.definition.Merge;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Payload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How the items of a loop ended, and what they yielded. Confined to the strand. */
final class ItemTally {
    static final BlockSummary NONE = new BlockSummary(0, 0, 0);
    /** So many failures are attached to that of the loop; all of them are in the journal. */
    private static final int MOST_CAUSES = 100;

    private final ForEach loop;
    private final Path path;
    private final @Nullable Payload[] outputs;
    private final @Nullable Changes[] changes;
    private final boolean[] completed;
    private final TreeMap<Integer, Failure> failures = new TreeMap<>();
    private int succeeded;
    private int cancelled;

    ItemTally(ForEach loop, Path path, int total) {
        this.loop = loop;
        this.path = path;
        this.outputs = new @Nullable Payload[total];
        this.changes = new @Nullable Changes[total];
        this.completed = new boolean[total];
    }

    int total() {
        return completed.length;
    }

    boolean isCompleted(int index) {
        return completed[index];
    }

    void ended(int index, RunMachine.Ending ending, @Nullable Payload output) {
        if (ending.status() == StepStatus.COMPLETED) {
            succeeded++;
            completed[index] = true;
            outputs[index] = output;
            changes[index] = ending.changes().isEmpty() ? null : ending.changes();
        } else if (ending.status() == StepStatus.CANCELLED) {
            cancelled++;
        } else {
            Failure why = ending.failure();
            failures.put(
                    index, why == null ? Failure.of(ErrorCode.LOOP_FAILED, "the item failed", path.item(index)) : why);
        }
    }

    BlockSummary summary() {
        return new BlockSummary(succeeded, failures.size(), cancelled);
    }

    /** Why the loop fails; null where its policy has it go on. */
    @Nullable
    Failure failure() {
        if (failures.isEmpty() || loop.onError() == ForEach.OnError.CONTINUE) {
            return null;
        }
        List<String> names = new ArrayList<>();
        failures.forEach((index, failure) -> {
            if (names.size() < MOST_CAUSES) {
                names.add(index + " (" + failure.describe() + ")");
            }
        });
        String message = "loop \"" + path + "\" failed: " + failures.size() + " of " + total() + " items failed: "
                + String.join(", ", names);
        List<Failure> causes = failures.values().stream().limit(MOST_CAUSES).toList();
        return new Failure(ErrorCode.LOOP_FAILED.name(), message, ErrorCode.LOOP_FAILED, path, 0, "", causes);
    }

    /** What the items changed: in their order, each on what those before it left, or merged where they ran concurrently. */
    BranchMerge.Result merge(Context base) {
        if (loop.concurrency() == 1) {
            List<Changes> each = new ArrayList<>();
            for (Changes diff : changes) {
                if (diff != null) {
                    each.add(diff);
                }
            }
            return new BranchMerge.Result(Changes.all(each), List.of(), null);
        }
        List<BranchResult> each = new ArrayList<>();
        for (int i = 0; i < changes.length; i++) {
            Changes diff = changes[i];
            if (diff != null) {
                each.add(new BranchResult(path.item(i).toString(), i, diff, null));
            }
        }
        return BranchMerge.merge(new Merge.DeepMerge(), base, each);
    }

    /** The outputs in the order of the items; null for one that failed. Put together as text, so that none is parsed. */
    Payload outputs() {
        StringBuilder list = new StringBuilder("[");
        for (int i = 0; i < outputs.length; i++) {
            Payload output = outputs[i];
            list.append(i == 0 ? "" : ",").append(output == null ? "null" : output.text());
        }
        return new Payload(list.append(']').toString());
    }

    /** Where the run goes on although items failed, their failures become readable under {@code loop_errors}. */
    Changes errorsAsChanges() {
        List<Map<String, @Nullable Object>> errors = new ArrayList<>();
        failures.forEach((index, failure) -> {
            Map<String, @Nullable Object> shown = new LinkedHashMap<>();
            shown.put("index", (long) index);
            shown.put("type", failure.type());
            shown.put("message", failure.message());
            errors.add(shown);
        });
        return errors.isEmpty() ? Changes.NONE : Changes.puts(Map.of("loop_errors", errors));
    }

    /** The tally of a loop that is tried again: only its successes stay. */
    ItemTally reopened() {
        ItemTally again = new ItemTally(loop, path, total());
        for (int i = 0; i < total(); i++) {
            if (completed[i]) {
                again.completed[i] = true;
                again.outputs[i] = outputs[i];
                again.changes[i] = changes[i];
                again.succeeded++;
            }
        }
        return again;
    }
}
