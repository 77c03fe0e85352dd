package dev.perdure.core.engine;

import java.time.Duration;

/**
 * How an engine behaves.
 *
 * @param maxActiveRuns runs that are worked on at once; further ones wait in the store as PENDING
 * @param cancellationGrace how long a cancelled body may take to end before it is abandoned
 * @param longRunningAfter how long a body runs before it is recorded as RUNNING
 * @param maxPayloadLength the largest output, input, or set of changes, in characters of JSON
 * @param suspendAfter a run that only waits, and for longer than this, is let out of memory until then
 * @param maxWaitingSignals signals that may wait for one run; further ones are refused
 * @param pollInterval how often a store that others write to is looked at
 * @param redaction what failures go through before they are recorded
 */
record EngineSettings(
        int maxActiveRuns,
        Duration cancellationGrace,
        Duration longRunningAfter,
        int maxPayloadLength,
        Duration suspendAfter,
        int maxWaitingSignals,
        Duration pollInterval,
        Redaction redaction) {
    static final EngineSettings DEFAULT = new EngineSettings(
            1_000,
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            8 * 1024 * 1024,
            Duration.ofSeconds(1),
            10_000,
            Duration.ofMillis(100),
            Redaction.NONE);
}
