package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Timekeeper;
import java.util.function.Consumer;

/** Tells an engine's listeners of its store's troubles, and stops what cannot go on. Thread-safe. */
final class StoreTroubles implements Troubles {
    private final Listeners listeners;
    private final Timekeeper time;
    private final Consumer<PerdureException> stop;

    StoreTroubles(Listeners listeners, Timekeeper time, Consumer<PerdureException> stop) {
        this.listeners = listeners;
        this.time = time;
        this.stop = stop;
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
    public void failedForGood(PerdureException why) {
        stop.accept(why);
        listeners.tell(new EngineEvent.EngineStopped("", String.valueOf(why.getMessage()), time.now()));
    }
}
