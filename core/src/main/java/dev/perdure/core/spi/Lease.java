package dev.perdure.core.spi;

/**
 * An engine's right to own runs.
 *
 * @param engineId the engine's id
 * @param epoch the fence: greater than that of every lease that the store gave before
 */
public record Lease(String engineId, long epoch) {}
