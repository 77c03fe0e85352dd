package dev.perdure.core.machine;

import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replays, in a live run, what is recorded of a node that workflow code asked for again. */
final class Revival {
    private final Wiring wiring;
    private final Frame frame;
    private final List<KeptEntries.Kept> recorded;

    private Revival(Wiring wiring, Frame frame, List<KeptEntries.Kept> recorded) {
        this.wiring = wiring;
        this.frame = frame;
        this.recorded = recorded;
    }

    static Revival of(Wiring wiring, Frame frame, @Nullable List<KeptEntries.Kept> recorded) {
        return new Revival(wiring, frame, recorded == null ? List.of() : recorded);
    }

    /**
     * Brings the frame to where its entries lead.
     *
     * @param reopened called where the run was tried again in between
     */
    void run(Context context, Instant at, Runnable reopened) {
        wiring.replaying(() -> {
            frame.register();
            frame.takePlace(context, at);
            for (KeptEntries.Kept kept : recorded) {
                if (kept.entry() instanceof Entry.RunRetried retried) {
                    reopened.run();
                    frame.park();
                    frame.takePlace(context, retried.at());
                } else {
                    wiring.setInSnapshot(kept.isInSnapshot());
                    wiring.expect(kept.entry());
                    wiring.apply(kept.entry());
                }
            }
        });
    }

    /**
     * Goes on with what the entries left open: the frame, and the steps that belong to it.
     *
     * @param mayHaveBegun whether an earlier execution may have started what is due
     */
    static void recover(Wiring wiring, Frame frame, boolean mayHaveBegun, Instant at) {
        wiring.setUntouched(!mayHaveBegun);
        wiring.frames().stream()
                .filter(active -> active.path().startsWith(frame.path()))
                .forEach(active -> active.recover(at));
        wiring.setUntouched(false);
    }
}
