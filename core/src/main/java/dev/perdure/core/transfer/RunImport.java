package dev.perdure.core.transfer;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.StoredSignal;
import dev.perdure.core.spi.EngineIdentity;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads runs that {@link RunExport} wrote into a store. Each is there wholly once it is told, or not at all: it is committed when
 * its last line was read. Holds the store's lease until it is closed, so that no engine works on half of a family of runs.
 *
 * <p>What comes in is only kept, as text: nothing of it is run before an engine opens the store. Confined to one thread.
 */
public final class RunImport implements AutoCloseable {
    private final Store store;
    private final Lease lease;
    private long line;
    private @Nullable DefinitionRecord definition;
    private @Nullable RunRecord run;
    private final List<Row> rows = new ArrayList<>();
    private final List<StoredSignal> signals = new ArrayList<>();

    /** What became of a run. */
    public enum Outcome {
        IMPORTED,
        /** The store had the same run already, row by row. */
        ALREADY_THERE
    }

    /** A run that was read to its end. */
    public record Imported(String runId, RunStatus status, Outcome outcome) {}

    /**
     * Takes the store's lease.
     *
     * @throws dev.perdure.core.spi.StoreException STORE_IN_USE when an engine holds the store
     */
    public RunImport(Store store) {
        this.store = store;
        this.lease = store.acquire(EngineIdentity.ofThisProcess());
    }

    /**
     * Reads all lines; empty ones do not matter. Where it fails, the runs told before stay.
     *
     * @param told hears of each run once it is durable
     * @throws PerdureException NOT_DECODABLE for a line that is not one of an export, or an export that ends in the middle of a
     *     run; CORRUPT_ROW for a journal row that was changed; RUN_CONFLICT when the store has or had another run with the id;
     *     DEFINITION_CONFLICT when it has another text of the run's definition; STORE_UNAVAILABLE
     */
    public void read(Stream<String> lines, Consumer<Imported> told) {
        lines.forEachOrdered(text -> {
            line++;
            if (!text.isBlank()) {
                take(new Fields(line, text), told);
            }
        });
        if (run != null || definition != null) {
            throw new PerdureException(
                    ErrorCode.NOT_DECODABLE,
                    "the export ends after line " + line + ", in the middle of a run, which was not imported");
        }
    }

    private void take(Fields fields, Consumer<Imported> told) {
        switch (fields.type()) {
            case "perdure" -> requireKnown(fields);
            case "definition" -> {
                requireNoRun(fields);
                definition = fields.only(Lines::definition);
            }
            case "run" -> begin(fields);
            case "step" -> {
                Row row = fields.only(Lines::row);
                requireWhole(requireRun(fields).id(), row);
                rows.add(row);
            }
            case "signal" -> {
                requireRun(fields);
                signals.add(fields.only(Lines::signal));
            }
            case "end" -> told.accept(end(fields));
            default -> throw fields.wrong("there are no lines of type " + Names.quoted(fields.type()));
        }
    }

    /** Payloads that a codec encoded are kept as they are. */
    private static void requireWhole(String runId, Row row) {
        try {
            RowFormat.toEntry(runId, row);
        } catch (PerdureException encoded) {
            if (encoded.code() != ErrorCode.UNREADABLE_PAYLOAD) {
                throw encoded;
            }
        }
    }

    private static void requireKnown(Fields fields) {
        long format = fields.only(line -> line.number("format"));
        if (format != Lines.FORMAT) {
            throw fields.wrong("it is of format " + format + ", and this version of Perdure reads " + Lines.FORMAT);
        }
    }

    private void begin(Fields fields) {
        requireNoRun(fields);
        RunRecord begun = fields.only(Lines::run);
        if (begun.status() == RunStatus.RESET || begun.generation() < 1) {
            throw fields.wrong("it is no run that could be exported");
        }
        Names.requireValid("run id", begun.id());
        run = begun;
        DefinitionRecord text = definition;
        if (text != null && !(text.name().equals(begun.workflow()) && text.version() == begun.version())) {
            throw fields.wrong("the definition before it is of another workflow or version");
        }
    }

    private void requireNoRun(Fields fields) {
        if (run != null) {
            throw fields.wrong("the run before it has no line of type \"end\"");
        }
    }

    private RunRecord requireRun(Fields fields) {
        RunRecord begun = run;
        if (begun == null) {
            throw fields.wrong("it belongs to no run: a line of type \"run\" comes first");
        }
        return begun;
    }

    /** What a run's last line says. */
    private record End(String runId, long steps, long signals) {}

    private Imported end(Fields fields) {
        RunRecord begun = requireRun(fields);
        End end = fields.only(line -> new End(line.text("id"), line.number("steps"), line.number("signals")));
        if (!end.equals(new End(begun.id(), rows.size(), signals.size()))) {
            throw fields.wrong("it counts other lines than those that were read of run " + Names.quoted(begun.id()));
        }
        RunCopy copy = new RunCopy(definition, begun, rows, signals);
        requireAscending(copy, fields);
        Outcome outcome = add(copy);
        run = null;
        definition = null;
        rows.clear();
        signals.clear();
        return new Imported(begun.id(), begun.status(), outcome);
    }

    private static void requireAscending(RunCopy copy, Fields fields) {
        List<Long> steps = copy.rows().stream().map(Row::seq).toList();
        List<Long> sent =
                copy.signals().stream().map(signal -> signal.signal().seq()).toList();
        if (!isAscending(steps) || !isAscending(sent)) {
            throw fields.wrong("the lines of run " + Names.quoted(copy.run().id()) + " are not in the order of seq");
        }
    }

    private static boolean isAscending(List<Long> seqs) {
        for (int i = 1; i < seqs.size(); i++) {
            if (seqs.get(i) <= seqs.get(i - 1)) {
                return false;
            }
        }
        return true;
    }

    private Outcome add(RunCopy copy) {
        String id = copy.run().id();
        if (store.find(id).isPresent()) {
            return requireSame(copy);
        }
        List<Write> batch = new ArrayList<>();
        if (copy.definition() != null) {
            requireSameText(copy.definition(), id);
            batch.add(new Write.SaveDefinition(copy.definition()));
        }
        batch.add(new Write.ImportRun(copy.run(), copy.rows(), copy.signals()));
        List<WriteResult> results = store.commit(lease, batch);
        WriteResult result = results.get(results.size() - 1);
        if (result.run() != null && !result.run().id().equals(id)) {
            throw keyTaken(copy.run(), result.run());
        }
        if (!result.isDone()) {
            return store.find(id).isPresent() ? requireSame(copy) : refuseTaken(id);
        }
        return Outcome.IMPORTED;
    }

    private Outcome requireSame(RunCopy copy) {
        return RunCopy.of(store, copy.run().id()).isSameRun(copy)
                ? Outcome.ALREADY_THERE
                : refuseTaken(copy.run().id());
    }

    private Outcome refuseTaken(String id) {
        throw new PerdureException(
                ErrorCode.RUN_CONFLICT,
                store.describe() + " has, or had, another run with the id " + Names.quoted(id)
                        + "; nothing of the one in line " + line + " was imported",
                id,
                null,
                null);
    }

    private PerdureException keyTaken(RunRecord found, RunRecord holder) {
        return new PerdureException(
                ErrorCode.RUN_CONFLICT,
                "run " + Names.quoted(holder.id()) + " of " + store.describe() + " has the dedup key of run "
                        + Names.quoted(found.id()) + " in queue "
                        + Names.quoted(found.placement().queue())
                        + ", and has not ended; nothing of the one in line " + line
                        + " was imported. Import it when the other one has ended",
                found.id(),
                null,
                null);
    }

    private void requireSameText(DefinitionRecord text, String runId) {
        Optional<DefinitionRecord> kept = store.definition(text.name(), text.version());
        if (kept.isPresent() && !kept.get().text().equals(text.text())) {
            throw new PerdureException(
                    ErrorCode.DEFINITION_CONFLICT,
                    store.describe() + " has another text of workflow " + Names.quoted(text.name()) + " version "
                            + text.version() + " than the one that run " + Names.quoted(runId)
                            + " follows; nothing of the run was imported",
                    runId,
                    null,
                    null);
        }
    }

    /** Gives the lease back; the store stays open. */
    @Override
    public void close() {
        store.release(lease);
    }
}
