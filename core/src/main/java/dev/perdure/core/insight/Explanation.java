package dev.perdure.core.insight;

import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Placement;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.JournalReplay;
import dev.perdure.core.machine.OpenNode;
import dev.perdure.core.machine.RunMachine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why a run is where it is: what it waits for, since when, and what would make it go on. It says what is recorded, so it is
 * the same for every process that can read the store.
 *
 * <pre>{@code
 * run order-17 of approve v1 is WAITING
 *   "sign_off" waits for an answer since 2026-01-05T08:00:00Z; goes on by itself at 2026-01-12T08:00:00Z, or by answer(…)
 * }</pre>
 *
 * @param reasons one for each step or wait that is open; one for the run itself where it stopped or waits for a place
 */
public record Explanation(String runId, String workflow, int version, RunStatus status, List<Reason> reasons) {
    public Explanation {
        reasons = List.copyOf(reasons);
    }

    /**
     * One thing that a run waits for.
     *
     * @param path the node; the root for the run itself
     * @param what it does or waits for, in words
     * @param since when that began; null where it is not recorded
     * @param due when it goes on by itself; null for not by time
     * @param wokenBy what makes it go on, in words
     */
    public record Reason(
            Path path,
            String what,
            @Nullable Instant since,
            @Nullable Instant due,
            String wokenBy) {
        @Override
        public String toString() {
            String where = path.isRoot() ? "the run" : "\"" + path + "\"";
            return where + " " + what + (since == null ? "" : " since " + since) + "; goes on "
                    + (due == null ? "" : "by itself at " + due + ", or ") + wokenBy;
        }
    }

    /**
     * Explains a run.
     *
     * @param workflow the run's definition; null where it is not known
     * @param rows the run's journal
     */
    public static Explanation of(RunRecord run, @Nullable Workflow<?, ?> workflow, List<Row> rows) {
        return new Explanation(run.id(), run.workflow(), run.version(), run.status(), reasons(run, workflow, rows));
    }

    private static List<Reason> reasons(RunRecord run, @Nullable Workflow<?, ?> workflow, List<Row> rows) {
        Instant since = Instant.ofEpochMilli(run.updatedAt());
        if (run.status().isTerminal()) {
            return List.of(whole("has ended" + because(run), since, endedBy(run.status())));
        }
        if (run.status().isStopped()) {
            return List.of(
                    whole("stopped" + because(run), since, "by retry() or at the next open, once that is mended"));
        }
        if (run.isHeldBack()) {
            return List.of(heldBack(run));
        }
        if (workflow == null) {
            return List.of(whole("is of a workflow that is not registered here", since, "when an engine has it"));
        }
        if (run.status() == RunStatus.PENDING) {
            return List.of(whole("waits for a place among the active runs", since, "when another run ends"));
        }
        List<Reason> reasons = new ArrayList<>();
        if (run.status() == RunStatus.PAUSED) {
            reasons.add(whole("is paused", since, "by resume()"));
        }
        try {
            RunMachine machine = new JournalReplay(run, workflow, rows).toEnd();
            machine.open().forEach(node -> reasons.add(reason(node, rows)));
        } catch (PerdureException unfit) {
            reasons.add(
                    whole("does not fit its definition: " + unfit.getMessage(), since, "with a definition that fits"));
        }
        return reasons;
    }

    /** Nothing of it has begun, so that it does not matter who knows its workflow. */
    private static Reason heldBack(RunRecord run) {
        Placement placement = run.placement();
        Instant since = Instant.ofEpochMilli(run.createdAt());
        Long startAt = placement.startAt();
        String queue = placement.isQueued() ? " in queue " + Names.quoted(placement.queue()) : "";
        if (startAt != null) {
            String what = "waits for its time to begin" + queue;
            return new Reason(Path.ROOT, what, since, Instant.ofEpochMilli(startAt), "by cancel()");
        }
        String what = "waits for its turn" + queue + " with priority " + placement.priority();
        return whole(
                what, since, "when an engine that declares the queue and has the workflow may begin another run of it");
    }

    private static Reason whole(String what, Instant since, String wokenBy) {
        return new Reason(Path.ROOT, what, since, null, wokenBy);
    }

    private static String because(RunRecord run) {
        return run.error() == null
                ? " " + run.status()
                : " " + run.status() + ": "
                        + Failure.fromPlain(Json.read(run.error())).describe();
    }

    private static String endedBy(RunStatus status) {
        return switch (status) {
            case FAILED, CANCELLED, COMPENSATION_FAILED -> "by retry()";
            default -> "no more; fork it, or reset it and start it anew";
        };
    }

    private static Reason reason(OpenNode node, List<Row> rows) {
        return switch (node.state()) {
            case DUE ->
                new Reason(
                        node.path(),
                        "runs or is about to, attempt " + node.attempt(),
                        startedAt(node, rows),
                        null,
                        "when its body ends");
            case BACKING_OFF ->
                new Reason(
                        node.path(),
                        "waits to be tried again, attempt " + node.attempt(),
                        null,
                        node.due(),
                        "by cancel()");
            case HELD -> new Reason(node.path(), "is held back by the pause", null, null, "by resume()");
            case QUEUED ->
                new Reason(node.path(), "waits for a place in its block", null, null, "when another branch ends");
            case SLEEPING -> new Reason(node.path(), "sleeps", node.since(), node.due(), "by cancel()");
            case AWAITING -> awaiting(node);
            case CALLING ->
                new Reason(
                        node.path(),
                        "waits for its child run of \"" + node.detail().get("workflow") + "\"",
                        node.since(),
                        null,
                        "when that ends");
        };
    }

    private static Reason awaiting(OpenNode node) {
        String mode = String.valueOf(node.detail().get("mode"));
        return switch (mode) {
            case "APPROVAL" -> new Reason(node.path(), "waits for an answer", node.since(), node.due(), "by answer(…)");
            case "CALLBACK" ->
                new Reason(node.path(), "waits for its callback", node.since(), node.due(), "by complete(token, …)");
            default ->
                new Reason(
                        node.path(),
                        "waits for " + (mode.equals("ALL") ? "all of " : "") + "signal "
                                + node.detail().get("signals"),
                        node.since(),
                        node.due(),
                        "by signal(…)");
        };
    }

    private static @Nullable Instant startedAt(OpenNode node, List<Row> rows) {
        for (Row row : rows) {
            if (row.status() == StepStatus.RUNNING
                    && row.path().equals(node.path().toString())
                    && row.startedAt() != null) {
                return Instant.ofEpochMilli(row.startedAt());
            }
        }
        return null;
    }

    /** In words, a line for each reason. */
    @Override
    public String toString() {
        String head = "run " + runId + " of " + workflow + " v" + version + " is " + status;
        return reasons.stream().map(reason -> "\n  " + reason).collect(Collectors.joining("", head, ""));
    }
}
