package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * The one of several signals that came first.
 *
 * @param <T> the type of what it brought
 * @param signal its name
 */
public record ReceivedSignal<T extends @Nullable Object>(String signal, T value) {}
