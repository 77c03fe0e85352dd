package dev.perdure.core.machine;

import dev.perdure.core.Path;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.NodePlace;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What the frames of one run share: who is active, and what the transition in the making has produced. */
final class Wiring {
    final Values values = new Values();
    private final Map<Path, Frame> active = new LinkedHashMap<>();
    private final Deque<Entry> emitted = new ArrayDeque<>();
    private final Deque<Entry> expected = new ArrayDeque<>();
    /** What follows from the entry being applied, in order. */
    private final Deque<Entry> derived = new ArrayDeque<>();

    private final List<Entry> entries = new ArrayList<>();
    private final List<Action> actions = new ArrayList<>();
    /** What is to be undone where the run fails, in the order in which it was done. */
    final List<Undo> undos = new ArrayList<>();

    final Inbox inbox = new Inbox();
    /** Hears of procedures that were run again to say how to undo what they did. */
    BiConsumer<CodeFrame, Instant> collected = (code, at) -> {};

    private boolean isAhead;
    /** Whether the entry that a replay applies is what follows from the one before it. */
    private boolean isExpected;

    private boolean isLive;
    private boolean isPaused;
    private boolean isInSnapshot;
    private boolean isUntouched;
    private int busy;

    /** Where the nodes stand that workflow code asked for. */
    final Map<Path, NodePlace> places = new HashMap<>();
    /** The outermost procedures that the run came to. */
    final Map<Path, CodeFrame> procedures = new LinkedHashMap<>();

    /**
     * A step that completed and is to be undone.
     *
     * @param compensation how; null for a step of a procedure that has not asked for it again
     */
    record Undo(Path path, @Nullable Step compensation) {}

    /** How to undo a step is known. */
    void undo(Path path, Step compensation) {
        Undo undo = new Undo(path, compensation);
        int open = undos.indexOf(new Undo(path, null));
        if (open < 0) {
            undos.add(undo);
        } else {
            undos.set(open, undo);
        }
    }

    /** A kept record says of a step that it is to be undone. */
    void keptUndo(Entry entry) {
        boolean isNew = entry instanceof Entry.StepCompleted done
                && done.isUndoable()
                && undos.stream().noneMatch(undo -> undo.path.equals(done.path()));
        if (isNew) {
            undos.add(new Undo(entry.path(), null));
        }
    }

    /** Whether it is not known how to undo a step at or below a path. */
    boolean isUnresolved(Path path) {
        return undos.stream().anyMatch(undo -> undo.compensation == null && undo.path.startsWith(path));
    }

    /** The outermost procedures that have steps of which it is not known how to undo them. */
    List<CodeFrame> unresolved() {
        return procedures.values().stream()
                .filter(code -> isUnresolved(code.path()))
                .toList();
    }

    boolean isLive() {
        return isLive;
    }

    /** Whether what is due has to wait until the run is resumed. */
    boolean isPaused() {
        return isPaused;
    }

    void setPaused(boolean paused) {
        isPaused = paused;
    }

    /** Whether the entry that is being applied is in the snapshot of the run's context that the replay began with. */
    boolean isInSnapshot() {
        return isInSnapshot;
    }

    void setInSnapshot(boolean inSnapshot) {
        isInSnapshot = inSnapshot;
    }

    /** Whether what a replay found to be due cannot have started. */
    boolean isUntouched() {
        return isUntouched;
    }

    void setUntouched(boolean untouched) {
        isUntouched = untouched;
    }

    /** Something outside of the machine goes on that will send an event by itself, and soon: a body, a start. */
    void busier() {
        busy++;
    }

    void lessBusy() {
        busy--;
    }

    boolean isBusy() {
        return busy > 0;
    }

    /** Applies what is recorded to a run that is live: nothing of it is produced again. */
    void replaying(Runnable replay) {
        isLive = false;
        try {
            replay.run();
            requireNothingExpected();
        } finally {
            isLive = true;
            isInSnapshot = false;
        }
    }

    void goLive() {
        isLive = true;
    }

    void register(Frame frame) {
        active.put(frame.path(), frame);
    }

    /** When the first frame goes on by itself, or at {@code limit} if that is earlier; null for never. */
    @Nullable
    Instant firstDue(@Nullable Instant limit) {
        Instant first = limit;
        for (Frame frame : active.values()) {
            Instant due = frame.due();
            if (due != null && (first == null || due.isBefore(first))) {
                first = due;
            }
        }
        return first;
    }

    void unregister(Frame frame) {
        active.remove(frame.path());
    }

    List<Frame> frames() {
        return List.copyOf(active.values());
    }

    /** The active frame at a path, if it is of that type. */
    <F extends Frame> @Nullable F find(Path path, Class<F> type) {
        Frame frame = active.get(path);
        return type.isInstance(frame) ? type.cast(frame) : null;
    }

    /** Has the node that an entry is about apply it; procedures keep what their code has not asked for. */
    void apply(Entry entry) {
        Frame frame = active.get(entry.path());
        for (Path holder = entry.path().parent(); frame == null && holder != null; holder = holder.parent()) {
            if (active.get(holder) instanceof CodeFrame code) {
                code.keep(new KeptEntries.Kept(entry, isInSnapshot));
                return;
            }
            if (active.get(holder) instanceof CodeBlockFrame block) {
                block.keep(new KeptEntries.Kept(entry, isInSnapshot));
                return;
            }
        }
        requireFrame(entry.path(), frame).apply(entry);
    }

    private Frame requireFrame(Path path, @Nullable Frame frame) {
        if (frame == null) {
            throw new IncompatibleJournalException(
                    "the journal has an outcome of \"" + path
                            + "\" where the definition has no such node or is not there yet; it would go on with "
                            + describeActive(Path.ROOT)
                            + ". Register a version of the workflow that has this node in its place",
                    path);
        }
        return frame;
    }

    /** The nodes at or below {@code top} that are next, or under way. */
    String describeActive(Path top) {
        List<String> leaves = active.values().stream()
                .filter(frame -> frame.path().startsWith(top))
                .filter(frame -> frame instanceof StepFrame || frame instanceof WaitFrame)
                .limit(5)
                .map(frame -> "\"" + frame.path() + "\"")
                .toList();
        return leaves.isEmpty() ? "nothing" : String.join(", ", leaves);
    }

    /** Produces an entry that a live run decided on; a resume finds it in the journal. */
    void emit(Entry entry) {
        if (isLive) {
            // A remark keeps its place before the outcome that it is about, which may be derived.
            (entry instanceof Entry.Warned ? derived : emitted).add(entry);
        }
    }

    /**
     * Produces an entry that follows from the one being applied, so a journal has it right behind that one: before what was
     * emitted earlier, such as the ends of other nodes that were cancelled with it.
     */
    void emitDerived(Entry entry) {
        derived.add(entry);
    }

    private void moveDerivedTo(Deque<Entry> queue) {
        while (!derived.isEmpty()) {
            queue.addFirst(derived.removeLast());
        }
    }

    /** The next produced entry, which is part of the transition; null when there is none. */
    @Nullable
    Entry next() {
        moveDerivedTo(emitted);
        Entry entry = emitted.poll();
        if (entry != null) {
            entries.add(entry);
        }
        return entry;
    }

    /** Compares a recorded entry with what has to come next. Warnings are remarks: none is expected, any may come. */
    void expect(Entry recorded) {
        moveDerivedTo(expected);
        Entry due = recorded instanceof Entry.Warned ? null : expected.poll();
        isAhead = false;
        isExpected = due != null;
        if (due != null && !(due.getClass() == recorded.getClass() && due.path().equals(recorded.path()))) {
            throw new IncompatibleJournalException(
                    "the journal goes on with an outcome of \"" + recorded.path()
                            + "\" where the definition would end \"" + due.path()
                            + "\". Register a version of the workflow that has this node in its place",
                    recorded.path());
        }
    }

    /** Whether the run has come to what is being applied. A live one has: it decides on nothing else. */
    boolean isDue() {
        return isLive || isExpected;
    }

    /** What was applied last was recorded by itself, without what follows from it. */
    void recordedAhead() {
        isAhead = true;
    }

    /**
     * A journal has what follows from its entries, and is refused where it has not. But it may end with one that was recorded ahead:
     * what follows is produced then.
     */
    void requireNothingExpected() {
        moveDerivedTo(expected);
        if (isAhead) {
            emitted.addAll(expected);
            expected.clear();
        }
        Entry due = expected.poll();
        if (due != null) {
            throw new IncompatibleJournalException(
                    "the journal stops where the definition would end "
                            + (due.path().isRoot() ? "the run" : "\"" + due.path() + "\"")
                            + ": nodes that were still to come are gone from it."
                            + " Register a version of the workflow that has them",
                    due.path());
        }
    }

    /** Asks for an action; a replay asks for none. */
    void act(Action action) {
        if (isLive) {
            actions.add(action);
        }
    }

    /** What the transition has produced. */
    Transition take() {
        if (entries.isEmpty() && actions.isEmpty()) {
            return Transition.NONE;
        }
        Transition transition = new Transition(entries, actions);
        entries.clear();
        actions.clear();
        return transition;
    }
}
