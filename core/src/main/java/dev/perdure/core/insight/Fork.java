package dev.perdure.core.insight;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Json;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.NodePlace;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.JournalReplay;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a new run is made of an old one: what the old one did before a node stays done, and the rest runs again, from that node
 * on. An immutable value; the old run is left as it is.
 *
 * <pre>{@code
 * Run mended = engine.fork("order-17", "order-17-mended", Fork.from("charge").context("amount", 12));
 * }</pre>
 *
 * @param from the node that runs again first
 * @param outputs other outputs for nodes that stay done, by path, in plain data
 * @param context what is written to the context before {@code from}, by key, in plain data
 */
public record Fork(Path from, Map<Path, @Nullable Object> outputs, Map<String, @Nullable Object> context) {
    // Not the compact form: javac drops the null annotations of its parameters.
    public Fork(Path from, Map<Path, @Nullable Object> outputs, Map<String, @Nullable Object> context) {
        this.from = from;
        this.outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        this.context = Collections.unmodifiableMap(new LinkedHashMap<>(context));
    }

    /** Where it differs: no log ever shows a value. */
    @Override
    public String toString() {
        return "Fork[from " + from + ", outputs of " + outputs.keySet() + ", context " + context.keySet() + "]";
    }

    /** A fork from the node at {@code path}, with nothing edited. */
    public static Fork from(String path) {
        return new Fork(Path.parse(path), Map.of(), Map.of());
    }

    /** The same fork, in which the node at {@code path} has yielded {@code value}. */
    public Fork output(String path, @Nullable Object value) {
        Map<Path, @Nullable Object> more = new LinkedHashMap<>(outputs);
        more.put(Path.parse(path), Plain.of(value));
        return new Fork(from, more, context);
    }

    /** The same fork, in which the context has {@code value} under {@code key}. */
    public Fork context(String key, @Nullable Object value) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(context);
        more.put(key, Plain.of(value));
        return new Fork(from, outputs, more);
    }

    /** A run that is made up, and its journal. */
    public record Forked(RunRecord run, List<Row> rows) {}

    /**
     * Makes the new run up.
     *
     * @throws PerdureException INVALID_ARGUMENT when the old run was never at {@code from}, or an edited node is not among
     *     those that stay done; INCOMPATIBLE when the journal does not fit the definition
     */
    public Forked apply(RunRecord source, Workflow<?, ?> workflow, List<Row> journal, String newId, Instant now) {
        List<Row> kept = kept(source, journal);
        Map<Path, @Nullable Object> edits = new HashMap<>(outputs);
        List<Row> rows = new ArrayList<>();
        int lastOfRun = lastOfRun(kept);
        for (int i = 0; i < kept.size(); i++) {
            Entry entry = RowFormat.toEntry(source.id(), kept.get(i));
            if (edits.containsKey(entry.path()) && isCompleted(entry)) {
                entry = yielding(entry, Payload.of(edits.remove(entry.path())));
            }
            if (i == lastOfRun) {
                entry = changing(entry, Changes.puts(context));
            }
            rows.add(RowFormat.toRow(entry, kept.get(i).seq(), place(workflow, entry.path())));
        }
        if (!edits.isEmpty()) {
            throw refused(
                    source,
                    "\"" + edits.keySet().iterator().next() + "\" has no output before \"" + from
                            + "\" that could be another");
        }
        rows.add(remark(source, kept, now));
        String snapshot = lastOfRun < 0 && !context.isEmpty() ? Json.write(context) : null;
        RunRecord run = record(source, newId, snapshot, now);
        new JournalReplay(run, workflow, rows).toEnd().requireComplete();
        return new Forked(run, rows);
    }

    private List<Row> kept(RunRecord source, List<Row> journal) {
        for (int i = 0; i < journal.size(); i++) {
            if (Path.parse(journal.get(i).path()).startsWith(from)) {
                return journal.subList(0, i).stream()
                        .filter(row ->
                                !row.kind().equals("cancel") && !row.kind().equals("pause"))
                        .toList();
            }
        }
        throw refused(source, "the run was never at \"" + from + "\"");
    }

    /** The last row whose changes go into the run's own context; -1 for none. */
    private static int lastOfRun(List<Row> rows) {
        for (int i = rows.size() - 1; i >= 0; i--) {
            Row row = rows.get(i);
            if (row.parentPath() == null && row.status() == StepStatus.COMPLETED) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isCompleted(Entry entry) {
        return entry instanceof Entry.StepCompleted
                || entry instanceof Entry.WaitCompleted
                || (entry instanceof Entry.BlockEnded block && block.output() != null);
    }

    private static Entry yielding(Entry entry, Payload output) {
        if (entry instanceof Entry.StepCompleted done) {
            return new Entry.StepCompleted(
                    done.path(), done.attempt(), output, done.changes(), done.startedAt(), done.at());
        }
        if (entry instanceof Entry.WaitCompleted done) {
            return new Entry.WaitCompleted(
                    done.path(), output, List.of(), done.isTimedOut(), done.startedAt(), done.at());
        }
        return block((Entry.BlockEnded) entry, output, ((Entry.BlockEnded) entry).changes());
    }

    private Entry changing(Entry entry, Changes edit) {
        if (edit.isEmpty()) {
            return entry;
        }
        if (entry instanceof Entry.StepCompleted done) {
            return new Entry.StepCompleted(
                    done.path(), done.attempt(), done.output(), done.changes().then(edit), done.startedAt(), done.at());
        }
        if (entry instanceof Entry.BlockEnded block && block.kind().equals("parallel")) {
            return block(block, block.output(), block.changes().then(edit));
        }
        throw new PerdureException(
                ErrorCode.INVALID_ARGUMENT,
                "the context cannot be edited between \"" + entry.path() + "\" and \"" + from
                        + "\"; fork from a node that follows a step or a parallel block");
    }

    private static Entry.BlockEnded block(Entry.BlockEnded block, @Nullable Payload output, Changes changes) {
        return new Entry.BlockEnded(
                block.path(),
                block.kind(),
                block.status(),
                output,
                changes,
                block.failure(),
                block.summary(),
                block.joinPolicy(),
                block.startedAt(),
                block.at());
    }

    private static NodePlace place(Workflow<?, ?> workflow, Path path) {
        return workflow.places().getOrDefault(path.inDefinition(), NodePlace.RUN);
    }

    private Row remark(RunRecord source, List<Row> kept, Instant now) {
        long last = kept.isEmpty() ? 0 : kept.get(kept.size() - 1).seq();
        String edited = outputs.isEmpty() && context.isEmpty()
                ? ""
                : "; edited were the outputs of " + outputs.keySet() + " and the context's " + context.keySet();
        String message = "forked from run " + Names.quoted(source.id()) + " before \"" + from + "\"" + edited;
        return RowFormat.toRow(new Entry.Warned(Path.ROOT, message, now), last + 1, NodePlace.RUN);
    }

    private static RunRecord record(RunRecord source, String newId, @Nullable String snapshot, Instant now) {
        return new RunRecord(
                newId,
                1,
                source.workflow(),
                source.version(),
                source.fingerprint(),
                RunStatus.PENDING,
                new Payload(source.input()).text(),
                null,
                null,
                snapshot,
                0,
                now.toEpochMilli(),
                now.toEpochMilli(),
                null,
                null,
                null,
                null);
    }

    private static PerdureException refused(RunRecord source, String why) {
        return new PerdureException(
                ErrorCode.INVALID_ARGUMENT,
                "run \"" + source.id() + "\" cannot be forked like this: " + why,
                source.id(),
                null,
                null);
    }
}
