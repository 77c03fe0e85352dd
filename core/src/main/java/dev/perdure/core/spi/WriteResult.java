package dev.perdure.core.spi;

import dev.perdure.core.journal.RunRecord;
import org.jspecify.annotations.Nullable;

/**
 * What became of a write.
 *
 * @param run the run that stood in its way, unchanged; null where none did
 * @param seq the number that a signal was given, or that the one with the same dedup key has; the generation of a run that was
 *     started; 0 for anything else
 */
public record WriteResult(Kind kind, @Nullable RunRecord run, long seq) {
    /** Done, and there is nothing to tell. */
    public static final WriteResult DONE = new WriteResult(Kind.DONE, null, 0);

    /** What a write can come to. */
    public enum Kind {
        /** It was carried out. */
        DONE,
        /** A run with the id of the one to be started exists, or one that has its dedup key. */
        EXISTS,
        /** The run has a signal with this name and dedup key already. */
        DUPLICATE,
        /** There is no run to send a signal to, or to withdraw. */
        UNKNOWN_RUN,
        /** The run to send a signal to, or to withdraw, has ended. */
        ENDED,
        /** The run to be withdrawn waits for nothing any more, but has begun, or is about to. */
        BEGUN,
        /** So many signals wait for the run that it takes no more. */
        FULL,
        /** A run that has not ended follows the definition whose text was to change, or may need the run that was to be deleted. */
        IN_USE,
        /** Another engine has the run whose journal or row was to change; only a shared store answers so. */
        NOT_OWNED
    }

    /** A run could not be started, because {@code existing} has its id, or its dedup key. */
    public static WriteResult exists(RunRecord existing) {
        return new WriteResult(Kind.EXISTS, existing, 0);
    }

    /** A run could not be withdrawn, because of what became of it. */
    public static WriteResult notWithdrawn(RunRecord run) {
        return new WriteResult(run.status().isTerminal() ? Kind.ENDED : Kind.BEGUN, run, 0);
    }

    /** Nothing was written for a run, because another engine has it. */
    public static WriteResult notOwned() {
        return new WriteResult(Kind.NOT_OWNED, null, 0);
    }

    /** A run was started: as the {@code generation}-th with its id. */
    public static WriteResult started(int generation) {
        return new WriteResult(Kind.DONE, null, generation);
    }

    /** A definition's text could not be changed, or a run deleted, because {@code run} has not ended. */
    public static WriteResult inUse(RunRecord run) {
        return new WriteResult(Kind.IN_USE, run, 0);
    }

    /** A signal was added as number {@code seq}. */
    public static WriteResult signal(long seq) {
        return new WriteResult(Kind.DONE, null, seq);
    }

    /** A signal was refused. */
    public static WriteResult refused(Kind why, @Nullable RunRecord run, long seq) {
        return new WriteResult(why, run, seq);
    }

    public boolean isDone() {
        return kind == Kind.DONE;
    }
}
