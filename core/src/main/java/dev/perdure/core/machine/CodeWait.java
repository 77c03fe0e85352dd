package dev.perdure.core.machine;

import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.journal.Entry;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What workflow code waits for. Confined to the strand. */
final class CodeWait {
    private final long ask;
    private final Path path;
    private final @Nullable Frame frame;
    private final @Nullable Path block;
    private final @Nullable Path branch;
    private final boolean isClose;
    private RunMachine.@Nullable Ending ending;
    private boolean isHeld;
    private boolean isGivenUp;
    private boolean isDiscarded;

    private CodeWait(
            long ask, Path path, @Nullable Frame frame, @Nullable Path block, @Nullable Path branch, boolean isClose) {
        this.ask = ask;
        this.path = path;
        this.frame = frame;
        this.block = block;
        this.branch = branch;
        this.isClose = isClose;
    }

    /** For a node of its own. */
    CodeWait(long ask, Path path, Frame frame) {
        this(ask, path, frame, null, null, false);
    }

    /** For a block, or one of its branches. */
    static CodeWait forBlock(long ask, Path block, @Nullable Path branch, boolean isClose) {
        return new CodeWait(ask, branch == null ? block : branch, null, block, branch, isClose);
    }

    long ask() {
        return ask;
    }

    Path path() {
        return path;
    }

    /** The node that is waited for; null where it is a block or branch. */
    @Nullable
    Frame frame() {
        return frame;
    }

    /** The node that is waited for. */
    Frame requireFrame() {
        return Objects.requireNonNull(frame, "called for a node");
    }

    /** Whether it is a node that was started and has not ended. */
    boolean isStarted() {
        return frame != null && ending == null && !isHeld;
    }

    @Nullable
    Path block() {
        return block;
    }

    /** The block that is waited for, or a branch of it. */
    Path requireBlock() {
        return Objects.requireNonNull(block, "called for a block");
    }

    @Nullable
    Path branch() {
        return branch;
    }

    boolean isClose() {
        return isClose;
    }

    RunMachine.@Nullable Ending ending() {
        return ending;
    }

    RunMachine.Ending requireEnding() {
        return Objects.requireNonNull(ending, "called for a node that ended");
    }

    void ended(RunMachine.Ending how) {
        ending = how;
    }

    /** The run was tried again after that. */
    void reopened() {
        ending = null;
        isDiscarded = false;
    }

    /** It is not started before the code around has come as far as the journal. */
    void hold() {
        isHeld = true;
    }

    void release() {
        isHeld = false;
    }

    boolean isHeld() {
        return isHeld;
    }

    /** The code does not wait for it any more. */
    void giveUp() {
        isGivenUp = true;
    }

    boolean isGivenUp() {
        return isGivenUp;
    }

    /** Whether {@code entry} says that the code did not take what came of it. */
    boolean isDiscardedBy(Entry entry) {
        return ending != null
                && entry instanceof Entry.StepCancelled
                && entry.path().equals(path);
    }

    /** Whether the code has something of it that it can find to have no use for. */
    boolean isTaken() {
        return ending != null && ending.status() != StepStatus.CANCELLED && !isDiscarded;
    }

    void discard() {
        isDiscarded = true;
    }

    boolean isDiscarded() {
        return isDiscarded;
    }
}
