package dev.perdure.core.spi;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What may begin now.
 *
 * @param runs in the order in which they are to begin; they are the engine's
 * @param isMore whether the limit that was asked for may have kept others back, so that it is worth asking at once
 * @param again when more may begin by a queue's rate, or what was busy may be free, from now; null where that is not known
 */
public record Admitted(
        List<PendingRun> runs, boolean isMore, @Nullable Duration again) {
    /** Nothing may begin. */
    public static final Admitted NOTHING = new Admitted(List.of(), false, null);

    public Admitted {
        runs = List.copyOf(runs);
    }
}
