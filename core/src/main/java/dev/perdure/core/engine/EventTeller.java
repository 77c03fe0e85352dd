package dev.perdure.core.engine;

import dev.perdure.core.journal.Entry;

/** Tells listeners of entries that are durable. */
final class EventTeller {
    private EventTeller() {}

    static void tell(Listeners listeners, RunDriver run, Entry entry) {
        listeners.tell(toEvent(run.runId(), run.workflowName(), entry));
    }

    private static EngineEvent toEvent(String id, String workflow, Entry entry) {
        if (entry instanceof Entry.StepCompleted done) {
            return new EngineEvent.StepCompleted(id, done.path(), done.attempt(), done.startedAt(), done.at());
        }
        if (entry instanceof Entry.StepFailed failed) {
            return new EngineEvent.StepFailed(
                    id,
                    failed.path(),
                    failed.attempt(),
                    failed.status(),
                    failed.failure(),
                    failed.retryAt(),
                    failed.at());
        }
        if (entry instanceof Entry.StepInterrupted interrupted) {
            return new EngineEvent.StepInterrupted(id, interrupted.path(), interrupted.attempt(), interrupted.at());
        }
        if (entry instanceof Entry.StepCancelled cancelled) {
            return new EngineEvent.StepCancelled(id, cancelled.path(), cancelled.at());
        }
        if (entry instanceof Entry.StepStarted started) {
            return new EngineEvent.StepRecordedRunning(id, started.path(), started.attempt(), started.at());
        }
        if (entry instanceof Entry.BlockEnded block) {
            return new EngineEvent.BlockEnded(
                    id, block.path(), block.kind(), block.status(), block.summary(), block.failure(), block.at());
        }
        if (entry instanceof Entry.Warned warned) {
            return new EngineEvent.Warned(id, warned.path(), warned.message(), warned.at());
        }
        if (entry instanceof Entry.CancelRequested cancel) {
            return new EngineEvent.CancelRequested(id, cancel.reason(), cancel.at());
        }
        if (entry instanceof Entry.RunRetried retried) {
            return new EngineEvent.RunRetried(id, retried.at());
        }
        if (entry instanceof Entry.RunEnded end) {
            return new EngineEvent.RunEnded(id, workflow, end.status(), end.failure(), end.at());
        }
        if (entry instanceof Entry.WaitStarted wait) {
            return new EngineEvent.WaitStarted(id, wait.path(), wait.due(), wait.at());
        }
        if (entry instanceof Entry.WaitCompleted wait) {
            return new EngineEvent.WaitCompleted(id, wait.path(), wait.isTimedOut(), wait.startedAt(), wait.at());
        }
        if (entry instanceof Entry.TokenIssued issued) {
            return new EngineEvent.StepRecordedRunning(id, issued.path(), issued.attempt(), issued.at());
        }
        if (entry instanceof Entry.RunPaused paused) {
            return new EngineEvent.RunPaused(id, paused.reason(), paused.at());
        }
        if (entry instanceof Entry.RunResumed resumed) {
            return new EngineEvent.RunUnpaused(id, resumed.at());
        }
        if (entry instanceof Entry.CompensationStarted started) {
            return new EngineEvent.CompensationStarted(id, started.failure(), started.at());
        }
        throw new IllegalStateException("no event for " + entry.getClass());
    }
}
