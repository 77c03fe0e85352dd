package dev.perdure.core;

import org.jspecify.annotations.Nullable;

/**
 * How values of one type become plain data and are read back. A {@link Codec} makes it, once, when a workflow is built.
 *
 * <p>Immutable and thread-safe. Plain data is what {@link Plain} describes.
 *
 * @param <T> the user's type
 */
public interface ValueType<T extends @Nullable Object> {
    /** The type's name, for messages and for the graph; never used to find a class. */
    String name();

    /**
     * Turns a value into plain data.
     *
     * @throws PerdureException with {@link ErrorCode#NOT_ENCODABLE}
     */
    @Nullable
    Object encode(T value);

    /**
     * Turns plain data back into a value.
     *
     * @throws PerdureException with {@link ErrorCode#NOT_DECODABLE}, naming the type and the field but not the value
     */
    T decode(@Nullable Object plain);
}
