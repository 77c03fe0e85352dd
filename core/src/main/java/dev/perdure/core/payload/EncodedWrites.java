package dev.perdure.core.payload;

import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.ArrayList;
import java.util.List;

/** Encodes the payloads of a batch, and decodes those in what became of it. Thread-safe. */
final class EncodedWrites {
    private final Store store;
    private final PayloadTexts texts;

    EncodedWrites(Store store, PayloadTexts texts) {
        this.store = store;
        this.texts = texts;
    }

    List<Write> encoded(List<Write> batch) {
        List<Write> writes = new ArrayList<>(batch.size());
        batch.forEach(write -> writes.add(encoded(write)));
        return writes;
    }

    private Write encoded(Write write) {
        if (write instanceof Write.Append append) {
            return encoded(append);
        } else if (write instanceof Write.StartRun start) {
            return encoded(start);
        } else if (write instanceof Write.ImportRun imported) {
            return encoded(imported);
        } else if (write instanceof Write.Signal sent) {
            return new Write.Signal(sent.runId(), texts.encoded(sent.runId(), sent.signal()), sent.limit());
        } else if (write instanceof Write.SaveSchedule save) {
            return new Write.SaveSchedule(texts.encoded(save.schedule()));
        } else if (write instanceof Write.MoveSchedule move) {
            return encoded(move);
        } else if (write instanceof Write.Withdraw withdraw) {
            return encoded(withdraw);
        } else if (write instanceof Write.SaveDefinition
                || write instanceof Write.SaveQueue
                || write instanceof Write.DropSchedule
                || write instanceof Write.Reset
                || write instanceof Write.Purge) {
            return write; // these have no payloads
        }
        throw new IllegalStateException("no encoding for " + write.getClass());
    }

    private Write encoded(Write.Append append) {
        String runId = append.runId();
        RunUpdate update = append.update();
        return new Write.Append(
                runId,
                append.rows().stream().map(row -> texts.encoded(runId, row)).toList(),
                append.superseded(),
                append.consumed(),
                update == null ? null : texts.encoded(runId, update),
                append.wakes());
    }

    private Write encoded(Write.Withdraw withdraw) {
        String runId = withdraw.runId();
        return new Write.Withdraw(
                runId,
                withdraw.rows().stream().map(row -> texts.encoded(runId, row)).toList(),
                texts.encoded(runId, withdraw.update()));
    }

    private Write encoded(Write.StartRun start) {
        String runId = start.runId();
        return new Write.StartRun(
                texts.encoded(start.run()),
                start.rows().stream().map(row -> texts.encoded(runId, row)).toList());
    }

    private Write encoded(Write.ImportRun imported) {
        String runId = imported.runId();
        return new Write.ImportRun(
                texts.encoded(imported.run()),
                imported.rows().stream().map(row -> texts.encoded(runId, row)).toList(),
                imported.signals().stream()
                        .map(signal -> texts.encoded(runId, signal))
                        .toList());
    }

    /** The store compares the input with the one that it has, which another encoding of the same would not equal. */
    private Write encoded(Write.MoveSchedule move) {
        ScheduleRecord next = move.schedule();
        String input = store.schedules().stream()
                .filter(stored -> stored.name().equals(next.name()))
                .filter(stored -> texts.decoded(stored).input().equals(next.input()))
                .map(ScheduleRecord::input)
                .findFirst()
                .orElse(next.input()); // it was replaced or dropped: then nothing fits, and nothing happens
        return new Write.MoveSchedule(next.recoded(same -> input), move.expected());
    }

    List<WriteResult> decoded(List<WriteResult> results) {
        return results.stream().map(this::decoded).toList();
    }

    private WriteResult decoded(WriteResult result) {
        return result.run() == null
                ? result
                : new WriteResult(result.kind(), texts.decoded(result.run()), result.seq());
    }
}
