package dev.perdure.core.insight;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.StepStatus;
import dev.perdure.core.ValueType;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.JournalReplay;
import dev.perdure.core.machine.RunMachine;
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks definitions that are about to be deployed against the runs that live in a store: which would go on, which would
 * not, and why. It reads the store and changes nothing; no body runs.
 *
 * <pre>{@code
 * List<Preflight.Verdict> problems = Preflight.check(store, List.of(onboarding)).stream()
 *         .filter(verdict -> !verdict.goesOn())
 *         .toList();
 * }</pre>
 */
public final class Preflight {
    private static final int PAGE = 500;

    private final Map<String, Map<Integer, Workflow<?, ?>>> definitions = new HashMap<>();
    private final Map<Workflow<?, ?>, Map<Path, ValueType<?>>> outputs = new HashMap<>();
    private final Store store;

    private Preflight(Store store, List<Workflow<?, ?>> workflows) {
        this.store = store;
        workflows.forEach(workflow -> definitions
                .computeIfAbsent(workflow.name(), name -> new HashMap<>())
                .put(workflow.version(), workflow));
    }

    /** What would become of a run. */
    public enum Outcome {
        /** It goes on. */
        GOES_ON,
        /** No definition of its version is given: it is left as it is. */
        NO_VERSION,
        /** Its journal does not fit its definition: it stops, INCOMPATIBLE. */
        INCOMPATIBLE,
        /** Something recorded cannot be read with the types of its definition: it may stop, BLOCKED. */
        UNREADABLE
    }

    /**
     * What would become of one run.
     *
     * @param path where it would stop; null for nowhere in particular
     * @param why what differs, and what to do; empty for a run that goes on
     */
    public record Verdict(
            String runId,
            String workflow,
            int version,
            Outcome outcome,
            @Nullable Path path,
            String why) {
        public boolean goesOn() {
            return outcome == Outcome.GOES_ON;
        }
    }

    /** Checks every run that has not ended, and is of a workflow that {@code workflows} name, oldest first. */
    public static List<Verdict> check(Store store, List<Workflow<?, ?>> workflows) {
        return new Preflight(store, workflows).check();
    }

    private List<Verdict> check() {
        List<Verdict> verdicts = new ArrayList<>();
        for (String name : definitions.keySet().stream().sorted().toList()) {
            RunQuery live = RunQuery.unfinished().ofWorkflow(name);
            List<RunRecord> page = store.list(live.page(PAGE, 0));
            for (int skip = PAGE; !page.isEmpty(); skip += PAGE) {
                page.forEach(run -> verdicts.add(check(run)));
                page = store.list(live.page(PAGE, skip));
            }
        }
        return verdicts;
    }

    private Verdict check(RunRecord run) {
        Workflow<?, ?> workflow =
                definitions.getOrDefault(run.workflow(), Map.of()).get(run.version());
        if (workflow == null) {
            return verdict(
                    run,
                    Outcome.NO_VERSION,
                    null,
                    "no definition of version " + run.version()
                            + " is given; keep it registered until its runs have ended");
        }
        try {
            List<Row> rows = store.journal(run.id());
            RunMachine machine = new JournalReplay(run, workflow, rows).toEnd();
            machine.requireComplete();
            workflow.input().decode(new Payload(run.input()).plain());
            requireReadable(workflow, rows);
            return verdict(run, Outcome.GOES_ON, null, "");
        } catch (PerdureException unfit) {
            boolean isUnfit = unfit.code() == ErrorCode.INCOMPATIBLE;
            return verdict(
                    run,
                    isUnfit ? Outcome.INCOMPATIBLE : Outcome.UNREADABLE,
                    unfit.path(),
                    String.valueOf(unfit.getMessage()));
        }
    }

    private void requireReadable(Workflow<?, ?> workflow, List<Row> rows) {
        Map<Path, ValueType<?>> types = outputs.computeIfAbsent(workflow, OutputTypes::of);
        for (Row row : rows) {
            Path path = Path.parse(row.path());
            ValueType<?> type = types.get(path.inDefinition());
            if (type != null && row.output() != null && row.status() == StepStatus.COMPLETED) {
                requireReadable(path, type, new Payload(row.output()));
            }
        }
    }

    private static void requireReadable(Path path, ValueType<?> type, Payload output) {
        try {
            type.decode(output.plain());
        } catch (PerdureException undecodable) {
            throw new PerdureException(
                    ErrorCode.NOT_DECODABLE,
                    "the recorded output of \"" + path + "\" cannot be read: " + undecodable.getMessage(),
                    null,
                    path,
                    undecodable);
        }
    }

    private static Verdict verdict(RunRecord run, Outcome outcome, @Nullable Path path, String why) {
        return new Verdict(run.id(), run.workflow(), run.version(), outcome, path, why);
    }
}
