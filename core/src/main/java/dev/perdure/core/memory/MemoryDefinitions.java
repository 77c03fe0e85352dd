package dev.perdure.core.memory;

import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.WriteResult;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The texts of definitions. Guarded by its store. */
final class MemoryDefinitions {
    private final TreeMap<String, TreeMap<Integer, DefinitionRecord>> definitions = new TreeMap<>();

    /** @param unfinished the runs of the workflow that have not ended */
    WriteResult save(DefinitionRecord definition, Stream<RunRecord> unfinished) {
        TreeMap<Integer, DefinitionRecord> versions =
                definitions.computeIfAbsent(definition.name(), name -> new TreeMap<>());
        DefinitionRecord kept = versions.get(definition.version());
        if (kept != null && kept.text().equals(definition.text())) {
            return WriteResult.DONE;
        }
        Optional<RunRecord> live = kept == null
                ? Optional.empty()
                : unfinished
                        .filter(run -> run.version() == definition.version())
                        .findFirst();
        if (live.isEmpty()) {
            versions.put(definition.version(), definition);
        }
        return live.map(WriteResult::inUse).orElse(WriteResult.DONE);
    }

    Optional<DefinitionRecord> find(String name, int version) {
        return Optional.ofNullable(definitions.get(name)).map(versions -> versions.get(version));
    }

    List<DefinitionRecord> all() {
        return definitions.values().stream()
                .flatMap(versions -> versions.values().stream())
                .toList();
    }
}
