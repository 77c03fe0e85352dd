package dev.perdure.core.engine;

/**
 * Hears what an engine does. Called on the engine's threads, for one run in order and one event at a time; it must return
 * quickly and not wait for the engine. What it throws is logged and ignored.
 */
@FunctionalInterface
public interface EngineListener {
    void onEvent(EngineEvent event);
}
