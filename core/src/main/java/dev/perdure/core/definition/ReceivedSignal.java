package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * The signal that ended a wait for any of several. Immutable.
 *
 * @param <T> the type of the payload
 * @param name the signal's name
 * @param value what it brought
 */
public record ReceivedSignal<T extends @Nullable Object>(String name, T value) {
    /** The name only: no log ever shows a value. */
    @Override
    public String toString() {
        return "ReceivedSignal[" + name + "]";
    }
}
