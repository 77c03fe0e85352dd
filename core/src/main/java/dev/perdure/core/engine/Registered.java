package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.RunRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The workflows that an engine knows, by name and version. Immutable. */
final class Registered {
    private final Map<String, TreeMap<Integer, Workflow<?, ?>>> byName = new HashMap<>();

    Registered(List<Workflow<?, ?>> workflows) {
        for (Workflow<?, ?> workflow : workflows) {
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

    /** No engine here can go on with the run. */
    static PerdureException missing(RunRecord run) {
        return new PerdureException(
                ErrorCode.UNKNOWN_WORKFLOW,
                "run \"" + run.id() + "\" is of workflow \"" + run.workflow() + "\" version " + run.version()
                        + ", which is not registered with this engine; register it, or open an engine that has it",
                run.id(),
                null,
                null);
    }
}
