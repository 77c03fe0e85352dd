package dev.perdure.core.machine;

import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.journal.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded below a procedure, or a parallel block of one, and was not asked for again yet: by what it is about, in the
 * order in which the journal came to each.
 */
final class KeptEntries {
    /** How the names of marks begin that {@code patched} leaves. */
    static final String MARK = "patch:";

    private final Path holder;
    private final Map<Path, List<Kept>> byNode = new LinkedHashMap<>();

    KeptEntries(Path holder) {
        this.holder = holder;
    }

    /** A recorded entry, or a {@link Entry.RunRetried} after which what is before it is due again. */
    record Kept(Entry entry, boolean isInSnapshot) {
        boolean isSuccessOf(Path node) {
            return entry.path().equals(node)
                    && (entry instanceof Entry.StepCompleted
                            || entry instanceof Entry.WaitCompleted
                            || (entry instanceof Entry.BlockEnded block && block.status() == StepStatus.COMPLETED));
        }
    }

    void add(Kept kept) {
        byNode.computeIfAbsent(holder.childTowards(kept.entry.path()), node -> new ArrayList<>(1))
                .add(kept);
    }

    /** What is recorded of {@code node}, which is from here on not kept any more; null for nothing. */
    @Nullable
    List<Kept> take(Path node) {
        return byNode.remove(node);
    }

    boolean has(Path node) {
        return byNode.containsKey(node);
    }

    /** What the journal came to first, marks aside, which bind nobody; null when nothing is kept. */
    @Nullable
    Path first() {
        for (Path node : byNode.keySet()) {
            if (!node.name().startsWith(MARK)) {
                return node;
            }
        }
        return null;
    }

    void clear() {
        byNode.clear();
    }

    /** The run is tried again: what the code came to last is due again, unless it succeeded. */
    void retryLast(Instant at) {
        Path last = null;
        for (Path node : byNode.keySet()) {
            last = node.name().startsWith(MARK) ? last : node;
        }
        if (last != null) {
            retry(last, at);
        }
    }

    /** The run is tried again: everything is due again that did not succeed. */
    void retryAll(Instant at) {
        List.copyOf(byNode.keySet()).forEach(node -> retry(node, at));
    }

    private void retry(Path node, Instant at) {
        List<Kept> entries = Objects.requireNonNull(byNode.get(node));
        if (entries.stream().noneMatch(kept -> kept.isSuccessOf(node))) {
            entries.add(new Kept(new Entry.RunRetried(at), false));
        } else if (entries.get(entries.size() - 1).entry instanceof Entry.StepCancelled) {
            entries.remove(entries.size() - 1); // the code had no use for it; now it may
        }
    }

    /** What was begun and has no outcome, as far as that is recorded. */
    List<OpenNode> open() {
        List<OpenNode> open = new ArrayList<>();
        for (List<Kept> entries : byNode.values()) {
            Map<Path, Entry> newest = new LinkedHashMap<>();
            entries.forEach(kept -> newest.put(kept.entry.path(), kept.entry));
            newest.values().forEach(entry -> {
                if (entry instanceof Entry.WaitStarted wait) {
                    OpenNode.State state = stateOf(wait);
                    open.add(new OpenNode(wait.path(), state, 0, wait.at(), wait.due(), wait.detail()));
                } else if (entry instanceof Entry.StepStarted step) {
                    open.add(new OpenNode(
                            step.path(), OpenNode.State.DUE, step.attempt(), null, null, new LinkedHashMap<>()));
                } else if (entry instanceof Entry.StepFailed failed && failed.retryAt() != null) {
                    open.add(new OpenNode(
                            failed.path(),
                            OpenNode.State.BACKING_OFF,
                            failed.attempt() + 1,
                            null,
                            failed.retryAt(),
                            new LinkedHashMap<>()));
                }
            });
        }
        return open;
    }

    private static OpenNode.State stateOf(Entry.WaitStarted wait) {
        if (wait.detail().containsKey("signals")) {
            return OpenNode.State.AWAITING;
        }
        return wait.detail().containsKey("workflow") ? OpenNode.State.CALLING : OpenNode.State.SLEEPING;
    }
}
