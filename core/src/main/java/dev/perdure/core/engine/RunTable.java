package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.PendingRun;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Which runs an engine has in memory, which are on their way there, and which wait for a place. Every method is one atomic
 * step; nothing slow happens in it, and no one else's code runs but where it is said. Thread-safe.
 */
final class RunTable {
    private final int places;
    private final Map<String, RunDriver> active = new HashMap<>();
    /** Runs that are being loaded or started; they have a place already. */
    private final Map<String, CompletableFuture<@Nullable RunDriver>> arriving = new HashMap<>();

    private final WaitingRuns waiting = new WaitingRuns();
    /** Runs that became due while a start call, which may find that they exist, held their place. */
    private final Set<String> wanted = new HashSet<>();
    /** Runs of workflows that are not registered here; they are not taken up again. */
    private final Set<String> unresolved = new HashSet<>();

    /** How many places nobody who starts a run gets, since runs are being claimed for them. */
    private int kept;
    /** Starts that get what the claim leaves of these places; no more of them than places. */
    private final Queue<PlaceAsked> askedFor = new ArrayDeque<>();

    private @Nullable PerdureException closed;

    RunTable(int places) {
        this.places = places;
    }

    /** Why no run is taken up any more; null while they are. */
    synchronized @Nullable PerdureException closed() {
        return closed;
    }

    private boolean hasPlace() {
        return places > active.size() + arriving.size();
    }

    private boolean isInMemory(String runId) {
        return active.containsKey(runId) || arriving.containsKey(runId);
    }

    /** How many places are neither taken nor spoken for. */
    synchronized int room() {
        return Math.max(0, places - load() - kept);
    }

    /** Keeps places for runs that are to be claimed: as many as there is room for, and at most so many. Returns how many that are. */
    synchronized int keep(int most) {
        int now = Math.min(most, room());
        kept += now;
        return now;
    }

    /**
     * The runs that so many places were kept for have been claimed, and have them, or there are none: what is left goes to the
     * starts that asked meanwhile. What these do next is done by this thread.
     */
    void giveUp(int places) {
        noLongerKept(places).forEach(CompletableFuture::complete);
    }

    private synchronized Map<CompletableFuture<Boolean>, Boolean> noLongerKept(int places) {
        kept -= places;
        Map<CompletableFuture<Boolean>, Boolean> answers = new LinkedHashMap<>();
        while (askedFor.size() > kept) {
            PlaceAsked next = askedFor.remove();
            answers.put(next.answer(), placeNow(next.runId()));
        }
        return answers;
    }

    /** How many runs are in memory, on their way there, or wait for a place. */
    synchronized int load() {
        return active.size() + arriving.size() + waiting.size();
    }

    private record PlaceAsked(String runId, CompletableFuture<Boolean> answer) {}

    /**
     * Gives a place to a run that is being started, unless others wait for one. Whether it did is known at once, or, where the
     * only places are kept for a claim, when that is over.
     */
    synchronized CompletableFuture<Boolean> place(String runId) {
        if (room() > 0 || askedFor.size() == kept) {
            return CompletableFuture.completedFuture(placeNow(runId));
        }
        PlaceAsked asked = new PlaceAsked(runId, new CompletableFuture<>());
        askedFor.add(asked);
        return asked.answer();
    }

    private boolean placeNow(String runId) {
        boolean isPlaced = !arriving.containsKey(runId) && waiting.isEmpty() && room() > 0;
        if (isPlaced) {
            arriving.put(runId, new CompletableFuture<>());
        }
        return isPlaced;
    }

    /** Has runs wait for a place that are not in memory. */
    synchronized void enqueue(List<String> runIds) {
        runIds.forEach(runId -> enqueue(runId, 0));
    }

    /** Has runs wait for a place that have not begun. */
    synchronized void enqueuePending(List<PendingRun> runs) {
        runs.forEach(run -> enqueue(run.id(), run.priority()));
    }

    /** Has runs wait for a place that are under way, and so go before those that are not. */
    synchronized void enqueueBegun(List<String> runIds) {
        runIds.forEach(runId -> enqueue(runId, WaitingRuns.FIRST));
    }

    private void enqueue(String runId, int priority) {
        if (arriving.containsKey(runId)) {
            wanted.add(runId);
        } else if (closed == null && !active.containsKey(runId) && !unresolved.contains(runId)) {
            waiting.add(runId, priority);
        }
    }

    /** Has runs wait for a place that the store gave the engine; one that is just about to leave memory comes back then. */
    synchronized void enqueueClaimed(List<String> runIds) {
        enqueue(runIds);
        runIds.stream().filter(active::containsKey).forEach(wanted::add);
    }

    /** Gives free places to runs that wait, and says to which. */
    synchronized List<String> admit() {
        List<String> admitted = new ArrayList<>();
        while (closed == null && hasPlace()) {
            String runId = waiting.poll();
            if (runId == null) {
                break;
            }
            if (!isInMemory(runId)) {
                arriving.put(runId, new CompletableFuture<>());
                admitted.add(runId);
            }
        }
        return admitted;
    }

    /**
     * A run arrived, or gives its place up if it has no driver.
     *
     * @return those who wait for its arrival; null for nobody
     */
    synchronized @Nullable CompletableFuture<@Nullable RunDriver> arrived(String runId, @Nullable RunDriver driver) {
        CompletableFuture<@Nullable RunDriver> arrival = arriving.remove(runId);
        boolean isWanted = wanted.remove(runId) && closed == null && !unresolved.contains(runId);
        if (driver != null && closed == null) {
            active.put(runId, driver);
        } else if (driver == null && isWanted) {
            waiting.add(runId, 0);
        }
        return arrival;
    }

    synchronized void unresolved(String runId) {
        unresolved.add(runId);
    }

    synchronized void leave(RunDriver driver) {
        boolean hasLeft = active.remove(driver.runId(), driver);
        if (hasLeft && wanted.remove(driver.runId()) && closed == null) {
            waiting.add(driver.runId(), 0);
        }
    }

    synchronized boolean isLive(String runId) {
        return isInMemory(runId) || waiting.contains(runId);
    }

    /** A run in memory, or on its way there: one of the two is null, or both. */
    record Found(@Nullable RunDriver driver, @Nullable CompletableFuture<@Nullable RunDriver> arrival) {
        CompletableFuture<@Nullable RunDriver> future() {
            if (driver == null && arrival != null) {
                return arrival;
            }
            return CompletableFuture.<@Nullable RunDriver>completedFuture(driver);
        }
    }

    synchronized Found find(String runId) {
        return new Found(active.get(runId), arriving.get(runId));
    }

    /** Where a run is that is asked something, and whether it was given a place for that and has to be loaded. */
    record Fetched(Found found, boolean isToLoad) {}

    /** Gives a place to a run that is asked something, however many have one. In one step: it may just be leaving. */
    synchronized Fetched fetch(String runId, boolean isInStore) {
        boolean isToLoad = closed == null && !isInMemory(runId) && (waiting.remove(runId) || isInStore);
        if (isToLoad) {
            arriving.put(runId, new CompletableFuture<>());
        }
        return new Fetched(find(runId), isToLoad);
    }

    /** Gives a place to a run that is to be retried, unless it is in memory or on its way there. */
    synchronized boolean placeRetried(String runId) {
        boolean isPlaced = closed == null && !isInMemory(runId);
        if (isPlaced) {
            waiting.remove(runId);
            arriving.put(runId, new CompletableFuture<>());
        }
        return isPlaced;
    }

    /** Has a run wait for nothing any more, and says where it is. */
    synchronized Found withdraw(String runId) {
        waiting.remove(runId);
        return find(runId);
    }

    synchronized void forget(String runId) {
        active.remove(runId);
        unresolved.remove(runId);
    }

    /** Lets everything go that is in memory or waits for a place, and says what was in memory. */
    synchronized List<RunDriver> clear() {
        List<RunDriver> all = List.copyOf(active.values());
        active.clear();
        waiting.clear();
        return all;
    }

    /** No run is taken up from here on; says which are in memory. */
    synchronized List<RunDriver> shut(PerdureException why) {
        if (closed == null) {
            closed = why;
        }
        waiting.clear();
        return List.copyOf(active.values());
    }

    /** Those that are being taken up, by run. */
    synchronized Map<String, CompletableFuture<?>> arrivals() {
        return Map.copyOf(arriving);
    }
}
