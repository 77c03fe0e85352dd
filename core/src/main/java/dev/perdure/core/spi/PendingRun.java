package dev.perdure.core.spi;

/**
 * A run that is to begin.
 *
 * @param priority the greater, the sooner
 */
public record PendingRun(String id, int priority) {}
