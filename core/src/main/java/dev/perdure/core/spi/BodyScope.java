package dev.perdure.core.spi;

import dev.perdure.core.Path;
import java.util.function.Consumer;

/**
 * Where the bodies of a run, or of one parallel block of it, run: a structured-concurrency scope. A body launched in it
 * has not ended before everything that it launched itself has.
 *
 * <p>Called by one thread at a time.
 */
public interface BodyScope {
    /** Opens the scope of the parallel block at {@code path}, a child of this one: cancelling this one cancels it. */
    BodyScope nested(Path path);

    /**
     * Starts a body and returns without waiting for it. {@link BodyTask#ended} is called exactly once, on any thread.
     *
     * @return the running body
     */
    RunningBody launch(BodyTask task);

    /**
     * As {@link #launch}, but on the calling thread, which has nothing else to do: one of {@link BodyScopes#executor()}, or one that
     * runs workflow code which waits for this body. Returns when the body has ended or suspended. Other threads may call this
     * scope meanwhile.
     *
     * @param begun is called with the running body before that does anything
     * @return false where the body is to be launched, because it cannot or should not run here; nothing has happened
     */
    default boolean run(BodyTask task, Consumer<RunningBody> begun) {
        return false;
    }

    /** Cancels what still runs in it and in its nested scopes, and lets nothing more start. Idempotent; does not wait. */
    void cancel();

    /** Releases the scope when all its bodies have ended. Idempotent. */
    void close();

    /** A body that was started. */
    interface RunningBody {
        /** Asks it to end: an interrupt, or a coroutine's cancellation. Idempotent; does not wait. */
        void cancel();

        /**
         * Whether workflow code that waits may be let go. Code that has something of its own going on, such as a timeout, is
         * not: its run stays in memory.
         */
        default boolean mayLeave() {
            return true;
        }

        /**
         * Forgets workflow code that waits for an answer and will get none: nothing of it runs any more, not even what it would
         * do when it fails. False where that cannot be done: then it is told to end.
         */
        default boolean forget() {
            return false;
        }
    }
}
