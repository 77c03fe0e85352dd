package dev.perdure.core.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Those who hear an engine's events. Thread-safe. */
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final List<EngineListener> listeners;

    Listeners(List<EngineListener> first) {
        listeners = new CopyOnWriteArrayList<>(first);
    }

    AutoCloseable add(EngineListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void tell(EngineEvent event) {
        for (EngineListener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (RuntimeException | LinkageError | StackOverflowError ignored) {
                LOG.warn("a listener failed on {}", event.getClass().getSimpleName(), ignored);
            }
        }
    }
}
