package dev.perdure.core.engine;

import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.JournalReplay;
import dev.perdure.core.machine.RunMachine;
import java.util.List;

/**
 * A run rebuilt from what is recorded of it, to go on with.
 *
 * @param machine in the state that the journal leads to, not live yet
 * @param journal numbers what comes next
 */
record Replay(RunRecord record, Workflow<?, ?> workflow, RunMachine machine, JournalWriter journal) {
    /** A run without a journal. */
    static Replay fresh(RunRecord record, Workflow<?, ?> workflow) {
        return of(record, workflow, List.of());
    }

    /**
     * The run that {@code rows} lead to.
     *
     * @throws dev.perdure.core.PerdureException INCOMPATIBLE, CORRUPT_ROW or NOT_DECODABLE
     */
    static Replay of(RunRecord record, Workflow<?, ?> workflow, List<Row> rows) {
        JournalReplay replay = new JournalReplay(record, workflow, rows);
        JournalWriter journal = new JournalWriter(record, replay.machine()::place);
        for (JournalReplay.Applied each = replay.next(); each != null; each = replay.next()) {
            journal.recorded(each.row(), each.entry(), each.isInSnapshot());
            replay.apply(each);
        }
        replay.replayEnd();
        return new Replay(record, workflow, replay.machine(), journal);
    }
}
