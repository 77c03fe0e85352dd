package dev.perdure.core;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * Turns the user's types into plain data and back. Text is not its business: {@link Json} is the one text form of
 * plain data, so a store can be read whatever codec wrote it.
 *
 * <p>Thread-safe.
 */
public interface Codec {
    /**
     * The value type for {@code type}, checked as far as it can be before any value exists.
     *
     * @throws PerdureException with {@link ErrorCode#NOT_ENCODABLE} when values of it could never be encoded
     */
    ValueType<?> typeOf(Type type);

    /**
     * Turns a value whose type is only known at run time, such as a context value, into plain data.
     *
     * @throws PerdureException with {@link ErrorCode#NOT_ENCODABLE}
     */
    @Nullable
    Object encode(@Nullable Object value);
}
