package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.SignalNames;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Claim;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The workflows that an engine knows, by name and version, and the code of runs that bring their own. Thread-safe. */
final class Registered {
    private final Map<String, TreeMap<Integer, Workflow<?, ?>>> byName = new HashMap<>();
    private final Map<String, Workflow<?, ?>> adHoc = new ConcurrentHashMap<>();

    Registered(List<Workflow<?, ?>> workflows) {
        for (Workflow<?, ?> workflow : workflows) {
            requireUsersName(workflow);
            Workflow<?, ?> other = byName.computeIfAbsent(workflow.name(), name -> new TreeMap<>())
                    .put(workflow.version(), workflow);
            if (other != null && other != workflow) {
                throw new PerdureException(
                        ErrorCode.INVALID_ARGUMENT,
                        "two different workflows are registered as " + Names.quoted(workflow.name()) + " version "
                                + workflow.version() + "; give one of them another version");
            }
        }
    }

    private static void requireUsersName(Workflow<?, ?> workflow) {
        if (workflow.name().startsWith(SignalNames.RESERVED)) {
            throw new PerdureException(
                    ErrorCode.INVALID_NAME,
                    "workflow " + Names.quoted(workflow.name()) + " cannot be registered: names that begin with \""
                            + SignalNames.RESERVED + "\" are the library's own");
        }
    }

    /** The newest version. */
    Workflow<?, ?> latest(String name) {
        TreeMap<Integer, Workflow<?, ?>> versions = byName.get(name);
        if (versions == null) {
            throw new PerdureException(
                    ErrorCode.UNKNOWN_WORKFLOW,
                    "no workflow " + Names.quoted(name) + " is registered with this engine; it knows "
                            + byName.keySet().stream().sorted().toList());
        }
        return versions.lastEntry().getValue();
    }

    /** Whether any version of it is registered. */
    boolean has(String name) {
        return byName.containsKey(name);
    }

    /** All that is registered. */
    Set<Claim.Version> versions() {
        Set<Claim.Version> all = new HashSet<>();
        byName.forEach(
                (name, versions) -> versions.keySet().forEach(version -> all.add(new Claim.Version(name, version))));
        return all;
    }

    /** A version, or the newest for 0. */
    Workflow<?, ?> require(String name, int version) {
        Workflow<?, ?> found = version == 0 ? latest(name) : find(name, version);
        if (found == null) {
            throw new PerdureException(
                    ErrorCode.UNKNOWN_WORKFLOW,
                    "no version " + version + " of workflow " + Names.quoted(name) + " is registered with this engine");
        }
        return found;
    }

    /** A run's own version; null when it is not registered. */
    @Nullable
    Workflow<?, ?> find(String name, int version) {
        TreeMap<Integer, Workflow<?, ?>> versions = byName.get(name);
        return versions == null ? null : versions.get(version);
    }

    /** What a run follows; null when that is not known here. */
    @Nullable
    Workflow<?, ?> find(RunRecord run) {
        return isAdHoc(run) ? adHoc.get(run.id()) : find(run.workflow(), run.version());
    }

    /** What a run follows, which is to be known here. */
    Workflow<?, ?> require(RunRecord run) {
        Workflow<?, ?> found = find(run);
        if (found == null) {
            throw missing(run);
        }
        return found;
    }

    /** Whether a run follows code that is not registered. */
    static boolean isAdHoc(RunRecord run) {
        return run.workflow().equals(Workflow.AD_HOC);
    }

    /** From here on a run follows this code, where it has none or is to have another. */
    void bring(String runId, Workflow<?, ?> code, boolean isReplaced) {
        adHoc.merge(runId, code, (old, brought) -> isReplaced ? brought : old);
    }

    void forget(String runId, Workflow<?, ?> code) {
        adHoc.remove(runId, code);
    }

    /** No engine here can go on with the run. */
    static PerdureException missing(RunRecord run) {
        if (isAdHoc(run)) {
            return new PerdureException(
                    ErrorCode.UNKNOWN_WORKFLOW,
                    "run \"" + run.id()
                            + "\" was started by execute(…), with code that this engine does not have; it goes on when"
                            + " execute(…), or resume(…), is called with its id and its code",
                    run.id(),
                    null,
                    null);
        }
        return new PerdureException(
                ErrorCode.UNKNOWN_WORKFLOW,
                "run \"" + run.id() + "\" is of workflow \"" + run.workflow() + "\" version " + run.version()
                        + ", which is not registered with this engine; register it, or open an engine that has it",
                run.id(),
                null,
                null);
    }
}
