package dev.perdure.core.machine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** Signals that no wait has consumed, and the waits for signals, each in order of arrival. Confined to the strand. */
final class Inbox {
    private final TreeMap<Long, Event.SignalArrived> kept = new TreeMap<>();
    private final Set<Long> seen = new HashSet<>();
    private final List<SignalFrame> waits = new ArrayList<>();

    /** Takes a signal in, and ends the oldest wait that it completes. */
    void arrived(Event.SignalArrived signal) {
        if (seen.add(signal.seq())) {
            kept.put(signal.seq(), signal);
            for (SignalFrame wait : List.copyOf(waits)) {
                wait.take(kept.values(), signal.at());
            }
        }
    }

    /** A wait began: what it waits for may be there already. */
    void await(SignalFrame wait, Instant at) {
        waits.add(wait);
        wait.take(kept.values(), at);
    }

    void leave(SignalFrame wait) {
        waits.remove(wait);
    }

    /** These are spoken for: they are consumed by the commit that records the wait's end. */
    void consume(Iterable<Event.SignalArrived> signals) {
        for (Event.SignalArrived signal : signals) {
            kept.remove(signal.seq());
        }
    }

    /** These were consumed by what a replay applies. */
    void consumed(List<Long> seqs) {
        seen.addAll(seqs);
        kept.keySet().removeAll(seqs);
    }
}
