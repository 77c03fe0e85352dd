package dev.perdure.core.insight;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.JournalReplay;
import dev.perdure.core.machine.RunMachine;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run's context around one of its nodes, in plain data.
 *
 * @param before as the node's bodies saw it
 * @param after with what the node changed; null while it has not ended, or where it ended without success
 */
public record ContextAt(
        Path path,
        Map<String, @Nullable Object> before,
        @Nullable Map<String, @Nullable Object> after) {
    /** The keys only: no log ever shows a value. */
    @Override
    public String toString() {
        return "ContextAt[" + path + ", before " + before.keySet() + ", after " + (after == null ? "" : after.keySet())
                + "]";
    }

    /**
     * Looks it up.
     *
     * @throws PerdureException INVALID_ARGUMENT when the run was never at {@code path}; INCOMPATIBLE, CORRUPT_ROW
     */
    public static ContextAt of(RunRecord run, Workflow<?, ?> workflow, List<Row> rows, Path path) {
        JournalReplay replay = new JournalReplay(Snapshots.without(run), workflow, rows);
        RunMachine.NodeView seen = null;
        for (JournalReplay.Applied each = replay.next(); each != null; each = replay.next()) {
            RunMachine.NodeView view = replay.machine().view(path);
            seen = view == null ? seen : view;
            replay.apply(each);
        }
        RunMachine.NodeView last = replay.machine().view(path);
        RunMachine.NodeView found = last == null ? seen : last;
        if (found == null) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "run \"" + run.id() + "\" was never at \"" + path + "\"; its journal has the paths that it was at",
                    run.id(),
                    path,
                    null);
        }
        Context after = found.around().after();
        return new ContextAt(path, found.around().before().toMap(), after == null ? null : after.toMap());
    }
}
