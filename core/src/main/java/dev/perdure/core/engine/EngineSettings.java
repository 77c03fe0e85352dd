package dev.perdure.core.engine;

import java.time.Duration;

/**
 * How an engine behaves.
 *
 * @param maxActiveRuns runs that are worked on at once; further ones wait in the store as PENDING
 * @param cancellationGrace how long a cancelled body may take to end before it is abandoned
 * @param longRunningAfter how long a body runs before it is recorded as RUNNING
 * @param maxPayloadLength the largest output, input, or set of changes, in characters of JSON
 */
record EngineSettings(int maxActiveRuns, Duration cancellationGrace, Duration longRunningAfter, int maxPayloadLength) {
    static final EngineSettings DEFAULT =
            new EngineSettings(1_000, Duration.ofSeconds(5), Duration.ofSeconds(1), 8 * 1024 * 1024);
}
