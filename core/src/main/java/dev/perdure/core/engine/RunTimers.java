package dev.perdure.core.engine;

import dev.perdure.core.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The timers that are set for one run, by the node that they are for. Confined to the strand. */
final class RunTimers {
    private final Map<Path, List<Runnable>> set = new HashMap<>();

    /** Keeps what cancels a timer. */
    void keep(Path path, Runnable cancel) {
        set.computeIfAbsent(path, where -> new ArrayList<>(2)).add(cancel);
    }

    void cancel(Path path) {
        List<Runnable> timers = set.remove(path);
        if (timers != null) {
            timers.forEach(Runnable::run);
        }
    }

    void cancelAll() {
        set.values().forEach(timers -> timers.forEach(Runnable::run));
        set.clear();
    }
}
