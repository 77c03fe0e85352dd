package dev.perdure.core.engine;

import dev.perdure.core.Names;
import dev.perdure.core.journal.QueueRecord;
import dev.perdure.core.spi.Claim;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The queues that an engine serves. Thread-safe. */
final class DeclaredQueues {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Map<String, QueueLimits> limits;
    private final boolean servesOthers;
    private final Set<String> missed = ConcurrentHashMap.newKeySet();

    /** @param servesOthers whether the engine takes runs that are in no queue too */
    DeclaredQueues(Map<String, QueueLimits> limits, boolean servesOthers) {
        this.limits = new TreeMap<>(limits);
        this.servesOthers = servesOthers;
    }

    List<String> names() {
        return List.copyOf(limits.keySet());
    }

    /** In an order that gives each the first place in turn, so that none is always the last to be looked at. */
    List<String> names(int turn) {
        List<String> names = new ArrayList<>(limits.keySet());
        Collections.rotate(names, names.isEmpty() ? 0 : -(turn % names.size()));
        return names;
    }

    /** Of which queues the engine takes runs that have begun, in the terms of a {@link Claim}. */
    Set<String> claimed() {
        Set<String> claimed = new LinkedHashSet<>(limits.keySet());
        if (servesOthers) {
            claimed.add(Claim.NO_QUEUE);
        }
        return claimed;
    }

    /** Whether the engine takes runs that are in no queue too. */
    boolean servesOthers() {
        return servesOthers;
    }

    /** Keeps the limits in the store. Gives the lease back when it fails. */
    void save(EnginePlan plan, Lease lease) {
        if (limits.isEmpty()) {
            return;
        }
        boolean isSaved = false;
        try {
            List<Write> changes = changes(plan.store(), plan.time().now().toEpochMilli());
            if (!changes.isEmpty()) {
                plan.store().commit(lease, changes);
            }
            isSaved = true;
        } finally {
            if (!isSaved) {
                plan.store().release(lease);
            }
        }
    }

    private List<Write> changes(Store store, long now) {
        List<QueueRecord> stored = store.queues();
        List<Write> changes = new ArrayList<>();
        limits.forEach((name, given) -> {
            QueueRecord queue = record(name, given, now);
            QueueRecord former = stored.stream()
                    .filter(other -> other.name().equals(name))
                    .findFirst()
                    .orElse(null);
            if (former != null && !former.isLimitedAs(queue)) {
                LOG.info("queue {} now has {}; it had {}", Names.quoted(name), words(queue), words(former));
            }
            if (former == null || !former.isLimitedAs(queue)) {
                changes.add(new Write.SaveQueue(queue));
            }
        });
        return changes;
    }

    private static QueueRecord record(String name, QueueLimits limits, long now) {
        Duration period = limits.period();
        return new QueueRecord(
                name, limits.concurrency(), limits.starts(), period == null ? 0 : period.toMillis(), now);
    }

    private static String words(QueueRecord queue) {
        String rate = queue.rate() == null ? "any rate" : queue.rate() + " starts in " + queue.periodMillis() + " ms";
        return "concurrency " + words(queue.concurrency()) + " and " + rate;
    }

    private static String words(@Nullable Integer number) {
        return number == null ? "without limit" : number.toString();
    }

    /** A run waits in a queue. Says once for each queue that is neither served here nor known to the store, that it will wait. */
    void entered(String runId, String queue, Store store) {
        boolean isMissed = !limits.containsKey(queue) && missed.add(queue);
        if (isMissed && store.queues().stream().noneMatch(known -> known.name().equals(queue))) {
            LOG.warn(
                    "run {} waits in queue {}, which no engine on {} has declared: it begins when one does, by queue({}, …)"
                            + " of its builder",
                    runId,
                    Names.quoted(queue),
                    store.describe(),
                    Names.quoted(queue));
        }
    }
}
