package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes on what other processes did to runs of this engine, and to runs that somebody here waits for. Thread-safe. */
final class News {
    /** When something is tried again that the store did not do. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Services services;
    private final RunRegistry registry;
    private final ChildRuns children;
    private final Outcomes outcomes;
    private final Set<String> toNudge = ConcurrentHashMap.newKeySet();

    News(Services services, RunRegistry registry, ChildRuns children, Outcomes outcomes) {
        this.services = services;
        this.registry = registry;
        this.children = children;
        this.outcomes = outcomes;
    }

    /** Somebody sent the run something, or ended a child of it. */
    void nudge(String runId) {
        registry.withDriver(
                runId,
                driver -> registry.completeOnPool(() -> tellWhatCame(runId, driver.requests())),
                () -> registry.enqueue(runId));
    }

    private void tellWhatCame(String runId, RunRequests run) {
        Runnable gone = () -> registry.enqueue(runId);
        try {
            services.store().signals(runId).forEach(signal -> run.signalled(signal, gone));
            run.awaited(waitedFor -> registry.completeOnPool(() -> tellOfEnds(runId, waitedFor)), gone);
        } catch (PerdureException unavailable) {
            nudgeLater(runId);
        }
    }

    /** Once for each run, however often that was asked for meanwhile. */
    private void nudgeLater(String runId) {
        if (toNudge.add(runId)) {
            later(() -> {
                toNudge.remove(runId);
                nudge(runId);
            });
        }
    }

    private void tellOfEnds(String runId, Set<String> childIds) {
        try {
            for (String childId : childIds) {
                services.store()
                        .find(childId)
                        .filter(child -> child.status().isTerminal())
                        .ifPresent(children::ended);
            }
        } catch (PerdureException unavailable) {
            nudgeLater(runId);
        }
    }

    /** Does something a moment later, on the pool. */
    void later(Runnable work) {
        Instant soon = services.time().now().plus(PAUSE);
        Runnable unused = services.time().schedule(soon, () -> registry.completeOnPool(work));
    }

    /** Tells those who wait for runs that have ended elsewhere, and for answers from there. Reads the store. */
    void tellSettled() {
        List<String> elsewhere = outcomes.awaited().stream()
                .filter(runId -> !registry.isLive(runId))
                .toList();
        if (!elsewhere.isEmpty()) {
            services.store().settled(elsewhere).forEach(outcomes::look);
        }
        registry.questions().look();
    }
}
