package dev.perdure.core.transfer;

import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.Placement;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.StoredSignal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the lines of an export say, in plain data. Stateless. */
final class Lines {
    static final String TYPE = "type";
    static final long FORMAT = 1;

    private Lines() {}

    static Map<String, Object> header() {
        return line("perdure").with("format", FORMAT).fields;
    }

    static Map<String, Object> of(DefinitionRecord definition) {
        return line("definition")
                .with("name", definition.name())
                .with("version", definition.version())
                .with("text", definition.text())
                .with("created_at", definition.createdAt())
                .fields;
    }

    static DefinitionRecord definition(Fields line) {
        return new DefinitionRecord(
                line.text("name"), line.integer("version"), line.text("text"), line.number("created_at"));
    }

    static Map<String, Object> of(RunRecord run) {
        return line("run")
                .with("id", run.id())
                .with("generation", run.generation())
                .with("workflow", run.workflow())
                .with("version", run.version())
                .with("fingerprint", run.fingerprint())
                .with("status", run.status().name())
                .with("input", run.input())
                .with("output", run.output())
                .with("error", run.error())
                .with("context", run.context())
                .with("context_seq", run.contextSeq())
                .with("created_at", run.createdAt())
                .with("updated_at", run.updatedAt())
                .with("finished_at", run.finishedAt())
                .with("deadline_at", run.deadlineAt())
                .with("parent", run.parent())
                .with("wake_at", run.wakeAt())
                .with("queue", run.placement().isQueued() ? run.placement().queue() : null)
                .with(
                        "priority",
                        run.placement().priority() == 0 ? null : run.placement().priority())
                .with("start_at", run.placement().startAt())
                .with("began_at", run.placement().beganAt())
                .with("dedup_key", run.placement().dedupKey())
                .fields;
    }

    static RunRecord run(Fields line) {
        return new RunRecord(
                line.text("id"),
                line.integer("generation"),
                line.text("workflow"),
                line.integer("version"),
                line.text("fingerprint"),
                line.constant("status", RunStatus.class),
                line.text("input"),
                line.textOrNull("output"),
                line.textOrNull("error"),
                line.textOrNull("context"),
                line.number("context_seq"),
                line.number("created_at"),
                line.number("updated_at"),
                line.numberOrNull("finished_at"),
                line.numberOrNull("deadline_at"),
                line.textOrNull("parent"),
                line.numberOrNull("wake_at"),
                placement(line));
    }

    /** Runs that were exported by an older version have none. */
    private static Placement placement(Fields line) {
        String queue = line.textOrNull("queue");
        Integer priority = line.integerOrNull("priority");
        return new Placement(
                queue == null ? "" : queue,
                priority == null ? 0 : priority,
                line.numberOrNull("start_at"),
                line.numberOrNull("began_at"),
                line.textOrNull("dedup_key"));
    }

    static Map<String, Object> of(Row row) {
        return line("step")
                .with("seq", row.seq())
                .with("path", row.path())
                .with("parent_path", row.parentPath())
                .with("branch", row.branch())
                .with("kind", row.kind())
                .with("attempt", row.attempt())
                .with("status", row.status().name())
                .with("output", row.output())
                .with("changes", row.changes())
                .with("error", row.error())
                .with("detail", row.detail())
                .with("join_policy", row.joinPolicy())
                .with("started_at", row.startedAt())
                .with("finished_at", row.finishedAt())
                .with("next_attempt_at", row.retryAt())
                .with("iteration_index", row.iterationIndex())
                .with("condition_result", row.conditionResult())
                .with("branch_taken", row.branchTaken())
                .with("checksum", row.checksum())
                .fields;
    }

    static Row row(Fields line) {
        return new Row(
                line.number("seq"),
                line.text("path"),
                line.textOrNull("parent_path"),
                line.textOrNull("branch"),
                line.text("kind"),
                line.integer("attempt"),
                line.constant("status", StepStatus.class),
                line.textOrNull("output"),
                line.textOrNull("changes"),
                line.textOrNull("error"),
                line.textOrNull("detail"),
                line.textOrNull("join_policy"),
                line.numberOrNull("started_at"),
                line.numberOrNull("finished_at"),
                line.numberOrNull("next_attempt_at"),
                line.integerOrNull("iteration_index"),
                line.textOrNull("condition_result"),
                line.textOrNull("branch_taken"),
                line.integer("checksum"));
    }

    static Map<String, Object> of(StoredSignal stored) {
        SignalRecord signal = stored.signal();
        return line("signal")
                .with("seq", signal.seq())
                .with("name", signal.name())
                .with("payload", signal.payload())
                .with("dedup_key", signal.dedupKey())
                .with("created_at", signal.createdAt())
                .with("consumed_at", stored.consumedAt())
                .with("consumed_by", stored.consumedBy())
                .fields;
    }

    static StoredSignal signal(Fields line) {
        SignalRecord signal = new SignalRecord(
                line.number("seq"),
                line.text("name"),
                line.text("payload"),
                line.textOrNull("dedup_key"),
                line.number("created_at"));
        return new StoredSignal(signal, line.numberOrNull("consumed_at"), line.textOrNull("consumed_by"));
    }

    static Map<String, Object> end(RunCopy copy) {
        return line("end")
                .with("id", copy.run().id())
                .with("steps", copy.rows().size())
                .with("signals", copy.signals().size())
                .fields;
    }

    private static Line line(String type) {
        return new Line().with(TYPE, type);
    }

    /** A line that is being put together. */
    private static final class Line {
        private final Map<String, Object> fields = new LinkedHashMap<>();

        Line with(String name, @Nullable Object value) {
            if (value != null) {
                fields.put(name, value instanceof Integer number ? Long.valueOf(number) : value);
            }
            return this;
        }
    }
}
