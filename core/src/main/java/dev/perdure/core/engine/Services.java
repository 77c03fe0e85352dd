package dev.perdure.core.engine;

import dev.perdure.core.definition.Body;
import dev.perdure.core.spi.BodyScopes;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Timekeeper;
import java.util.List;
import java.util.concurrent.Executor;

/** What the parts of one engine share. */
record Services(
        Store store,
        Committer committer,
        Timekeeper time,
        Executor pool,
        Listeners listeners,
        List<BodyScopes> scopes,
        EngineSettings settings) {

    BodyScopes scopesFor(Class<? extends Body> bodyType) {
        return scopes.stream()
                .filter(provider -> provider.supports(bodyType))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no body scopes for " + bodyType.getName()));
    }
}
