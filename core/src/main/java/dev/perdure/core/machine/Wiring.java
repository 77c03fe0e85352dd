package dev.perdure.core.machine;

import dev.perdure.core.Path;
import dev.perdure.core.journal.Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the frames of one run share: who is active, and what the transition in the making has produced. */
final class Wiring {
    final Values values = new Values();
    private final Map<Path, Frame> active = new LinkedHashMap<>();
    private final Deque<Entry> emitted = new ArrayDeque<>();
    private final Deque<Entry> expected = new ArrayDeque<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Action> actions = new ArrayList<>();
    private boolean isLive;

    boolean isLive() {
        return isLive;
    }

    void goLive() {
        isLive = true;
    }

    void register(Frame frame) {
        active.put(frame.path(), frame);
    }

    void unregister(Frame frame) {
        active.remove(frame.path());
    }

    List<Frame> frames() {
        return List.copyOf(active.values());
    }

    @Nullable
    StepFrame step(Path path) {
        return active.get(path) instanceof StepFrame step ? step : null;
    }

    /** The active frame that a journal entry is about. */
    <F extends Frame> F requireFrame(Path path, Class<F> type) {
        Frame frame = active.get(path);
        if (!type.isInstance(frame)) {
            throw new IncompatibleJournalException(
                    "the journal has an outcome of \"" + path
                            + "\" where the definition has no such node or is not there yet; it would go on with "
                            + describeActive()
                            + ". Register a version of the workflow that has this node in its place",
                    path);
        }
        return type.cast(frame);
    }

    private String describeActive() {
        List<String> leaves = active.values().stream()
                .filter(StepFrame.class::isInstance)
                .limit(5)
                .map(frame -> "\"" + frame.path() + "\"")
                .toList();
        return leaves.isEmpty() ? "nothing" : String.join(", ", leaves);
    }

    /** Produces an entry that a live run decided on; a resume finds it in the journal. */
    void emit(Entry entry) {
        if (isLive) {
            emitted.add(entry);
        }
    }

    /** Produces an entry that follows from the one being applied, so a journal has it right behind that one. */
    void emitDerived(Entry entry) {
        (isLive ? emitted : expected).add(entry);
    }

    /** The next produced entry, which is part of the transition; null when there is none. */
    @Nullable
    Entry next() {
        Entry entry = emitted.poll();
        if (entry != null) {
            entries.add(entry);
        }
        return entry;
    }

    /** Compares a recorded entry with what has to come next. Warnings are remarks: none is expected, any may come. */
    void expect(Entry recorded) {
        Entry due = recorded instanceof Entry.Warned ? null : expected.poll();
        if (due != null && !(due.getClass() == recorded.getClass() && due.path().equals(recorded.path()))) {
            throw new IncompatibleJournalException(
                    "the journal goes on with an outcome of \"" + recorded.path()
                            + "\" where the definition would end \"" + due.path()
                            + "\". Register a version of the workflow that has this node in its place",
                    recorded.path());
        }
    }

    void requireNothingExpected() {
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
