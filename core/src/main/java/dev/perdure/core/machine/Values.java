package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.journal.Payload;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a run's nodes yielded so far. Written by the strand; read by bodies, which only ever ask for what was recorded before
 * they started.
 *
 * <p>Thread-safe.
 */
public final class Values {
    private final Map<Path, Payload> outputs = new ConcurrentHashMap<>();
    private final Map<Path, Failure> failures = new ConcurrentHashMap<>();

    Values() {}

    /** A node's recorded output; null where it has none. */
    public @Nullable Payload output(Path node) {
        return outputs.get(node);
    }

    /** Why a node failed; null where it did not. */
    public @Nullable Failure failure(Path node) {
        return failures.get(node);
    }

    void completed(Path node, Payload output) {
        outputs.put(node, output);
    }

    void failed(Path node, Failure failure) {
        failures.put(node, failure);
    }

    void reopened(Path node) {
        failures.remove(node);
    }
}
