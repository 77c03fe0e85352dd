package dev.perdure.core.engine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.journal.BlockSummary;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that an engine tells its listeners. An outcome is told after it is durable, so what was told stays true.
 * Events show no values.
 */
public sealed interface EngineEvent {
    /** The run it is about; empty for the engine as a whole. */
    String runId();

    Instant at();

    /** The run is durable and begins. */
    record RunStarted(String runId, String workflow, Instant at) implements EngineEvent {}

    /**
     * The run goes on from its journal.
     *
     * @param recorded how many rows its journal had
     */
    record RunResumed(String runId, String workflow, int recorded, Instant at) implements EngineEvent {}

    /**
     * The run only waits and was let out of memory.
     *
     * @param wake when it goes on by itself; null for not by time
     */
    record RunSuspended(
            String runId, String workflow, @Nullable Instant wake, Instant at) implements EngineEvent {}

    /** An attempt's body is started. */
    record StepStarted(String runId, Path path, int attempt, Instant at) implements EngineEvent {}

    /** The start of an attempt is in the journal: it runs long, is atMostOnce, or follows a back-off. */
    record StepRecordedRunning(String runId, Path path, int attempt, Instant at) implements EngineEvent {}

    /** A step's output is recorded; it never runs again. */
    record StepCompleted(String runId, Path path, int attempt, Instant startedAt, Instant at) implements EngineEvent {}

    /**
     * An attempt failed.
     *
     * @param status FAILED or TIMED_OUT
     * @param retryAt when the next attempt is due; null when the step has failed
     */
    record StepFailed(
            String runId,
            Path path,
            int attempt,
            StepStatus status,
            Failure failure,
            @Nullable Instant retryAt,
            Instant at)
            implements EngineEvent {}

    /** A former engine stopped while the attempt was due; it runs again. */
    record StepInterrupted(String runId, Path path, int attempt, Instant at) implements EngineEvent {}

    /** A step was cancelled, started or not. */
    record StepCancelled(String runId, Path path, Instant at) implements EngineEvent {}

    /** A parallel block begins, or goes on. */
    record BlockStarted(String runId, Path path, int branches, Instant at) implements EngineEvent {}

    /**
     * A parallel block or a branch of several nodes ended.
     *
     * @param kind as in the journal: of a block, or of a branch, clause, item or iteration
     * @param summary how the branches, items or iterations of a block ended; all zero for anything else
     */
    record BlockEnded(
            String runId,
            Path path,
            String kind,
            StepStatus status,
            BlockSummary summary,
            @Nullable Failure failure,
            Instant at)
            implements EngineEvent {}

    /** The journal has a remark: two branches wrote different values to one place. */
    record Warned(String runId, Path path, String message, Instant at) implements EngineEvent {
        /** Where only: no log ever shows a value. */
        @Override
        public String toString() {
            return "Warned[" + runId + " " + path + "]";
        }
    }

    /**
     * A sleep, a wait for signals or a call of a child run begins.
     *
     * @param due when it ends by itself; null for never
     */
    record WaitStarted(String runId, Path path, @Nullable Instant due, Instant at) implements EngineEvent {}

    /** A wait is over, by what it waited for or by its timeout. */
    record WaitCompleted(String runId, Path path, boolean isTimedOut, Instant startedAt, Instant at)
            implements EngineEvent {}

    /** Nothing more of the run starts until it is resumed. */
    record RunPaused(String runId, String reason, Instant at) implements EngineEvent {
        /** Which run only: no log ever shows a value. */
        @Override
        public String toString() {
            return "RunPaused[" + runId + "]";
        }
    }

    /** A paused run goes on. */
    record RunUnpaused(String runId, Instant at) implements EngineEvent {}

    /** The run failed or was cancelled, and what its steps did is being undone. */
    record CompensationStarted(String runId, @Nullable Failure failure, Instant at) implements EngineEvent {}

    /** A cancel is recorded; bodies are being stopped. */
    record CancelRequested(String runId, String reason, Instant at) implements EngineEvent {
        /** Which run only: no log ever shows a value. */
        @Override
        public String toString() {
            return "CancelRequested[" + runId + "]";
        }
    }

    /** A run that had ended goes on. */
    record RunRetried(String runId, Instant at) implements EngineEvent {}

    /** A body did not end within the grace after its cancellation; it is given up, and whatever it still returns is ignored. */
    record BodyAbandoned(String runId, Path path, int attempt, Instant at) implements EngineEvent {}

    /** The run ended, see {@link RunStatus#isTerminal()}, or stopped INCOMPATIBLE or BLOCKED. */
    record RunEnded(
            String runId,
            String workflow,
            RunStatus status,
            @Nullable Failure failure,
            Instant at) implements EngineEvent {}

    /** The run is left as it is: no workflow of its name and version is registered here. */
    record RunUnresolved(String runId, String workflow, int version, Instant at) implements EngineEvent {}

    /**
     * A schedule started no run, and goes on with its next time; or it cannot be read here, and does nothing.
     *
     * @param runId the id that the run would have; empty where there is none
     */
    record ScheduleFailed(String runId, String schedule, String workflow, String reason, Instant at)
            implements EngineEvent {}

    /** The store does not take commits at present; what happened is kept in memory and committed when it does again. */
    record StoreUnavailable(String runId, String reason, Instant at) implements EngineEvent {}

    /** The store takes commits again. */
    record StoreRecovered(String runId, Instant at) implements EngineEvent {}

    /**
     * The engine was silent for longer than its lease, and others took its runs over: its bodies are cancelled, and nothing that
     * they return is recorded. It goes on with a new lease, and with runs that nobody has.
     */
    record OwnershipLost(String runId, String reason, Instant at) implements EngineEvent {}

    /** The engine stopped for good: another one owns its runs, or the store failed beyond repair. */
    record EngineStopped(String runId, String reason, Instant at) implements EngineEvent {}
}
