package dev.perdure.core.spi;

import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.SignalRecord;
import java.util.List;

/**
 * All that an engine goes on with a run from, as it was recorded at one instant.
 *
 * @param rows the run's journal, in order of {@link Row#seq()}
 * @param signals those that no wait has consumed, by seq
 */
public record Recorded(RunRecord run, List<Row> rows, List<SignalRecord> signals) {
    public Recorded {
        rows = List.copyOf(rows);
        signals = List.copyOf(signals);
    }
}
