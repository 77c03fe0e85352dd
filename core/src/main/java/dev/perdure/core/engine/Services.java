package dev.perdure.core.engine;

import dev.perdure.core.definition.Body;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.spi.BodyScopes;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Timekeeper;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of one engine share.
 *
 * @param only the tenure in which this is of use; null for whichever is the present one
 * @param pool does what is not a run's own: looks at the store, takes runs up, tells callers, who may keep its threads
 * @param strands works on runs, unless that is done near their bodies
 */
record Services(
        Store store,
        Tenures tenures,
        @Nullable Tenure only,
        Timekeeper time,
        Executor pool,
        Executor strands,
        Listeners listeners,
        List<BodyScopes> scopes,
        EngineSettings settings,
        DeclaredQueues queues) {

    /** The present one. */
    Tenure tenure() {
        return only == null ? tenures.current() : only;
    }

    /** What commits under the present lease. */
    Committer committer() {
        return tenure().committer();
    }

    /** The same, for what is void once the present tenure is over. */
    Services ofThisTenure() {
        return new Services(store, tenures, tenure(), time, pool, strands, listeners, scopes, settings, queues);
    }

    /**
     * Where the runs of a workflow are worked on: near its bodies, so that the way to them is short. Where engines share the store,
     * threads wait for the database more than they compute, and the engine's own cost less to wake.
     */
    Executor poolFor(Workflow<?, ?> workflow) {
        Executor near = scopesFor(workflow.bodyType()).executor();
        return near == null || store.isShared() ? strands : near;
    }

    /** There is one: {@link EngineBuilder#open} refuses workflows that nobody runs the bodies of. */
    BodyScopes scopesFor(Class<? extends Body> bodyType) {
        return scopes.stream()
                .filter(provider -> provider.supports(bodyType))
                .findFirst()
                .orElseThrow();
    }
}
