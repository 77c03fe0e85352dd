package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Timekeeper;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What becomes of an engine with its lease. Thread-safe once it is given the engine's parts. */
final class LeaseHolder implements Tenures.Holder {
    private final Listeners listeners;
    private final Timekeeper time;
    private @Nullable RunRegistry registry;
    private @Nullable Scheduler scheduler;

    LeaseHolder(Listeners listeners, Timekeeper time) {
        this.listeners = listeners;
        this.time = time;
    }

    /** To be called before anything is committed. */
    void leads(RunRegistry runs, Scheduler schedules) {
        registry = runs;
        scheduler = schedules;
    }

    @Override
    public void unavailable(StoreException why) {
        listeners.tell(new EngineEvent.StoreUnavailable("", String.valueOf(why.getMessage()), time.now()));
    }

    @Override
    public void recovered() {
        listeners.tell(new EngineEvent.StoreRecovered("", time.now()));
    }

    @Override
    public void lost(PerdureException why) {
        runs().lost();
        listeners.tell(new EngineEvent.OwnershipLost("", String.valueOf(why.getMessage()), time.now()));
    }

    @Override
    public void regained() {
        runs().regained();
        schedules().regained();
    }

    @Override
    public void failedForGood(PerdureException why) {
        schedules().close();
        runs().stop(why);
        listeners.tell(new EngineEvent.EngineStopped("", String.valueOf(why.getMessage()), time.now()));
    }

    private RunRegistry runs() {
        return Objects.requireNonNull(registry);
    }

    private Scheduler schedules() {
        return Objects.requireNonNull(scheduler);
    }
}
