package dev.perdure.core.journal;

/**
 * A wait that has not ended, as the journal of its run has it.
 *
 * @param row of a status WAITING
 */
public record WaitRecord(String runId, Row row) {}
