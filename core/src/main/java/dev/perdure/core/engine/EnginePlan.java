package dev.perdure.core.engine;

import dev.perdure.core.spi.BodyScopes;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Timekeeper;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an engine is opened with. */
record EnginePlan(
        Store store,
        Registered workflows,
        DefinitionTexts texts,
        List<EngineListener> listeners,
        List<BodyScopes> scopes,
        Timekeeper time,
        EngineSettings settings,
        Retention.@Nullable Policy retention,
        DeclaredQueues queues) {}
