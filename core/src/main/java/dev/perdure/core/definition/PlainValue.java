package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/**
 * Plain data of one class.
 *
 * @param name the class's name in the graph
 * @param codec turns what is not plain into plain data; null where nothing else can come
 */
record PlainValue(String name, Class<?> type, @Nullable Codec codec) implements ValueType<@Nullable Object> {
    @Override
    public @Nullable Object encode(@Nullable Object value) {
        Object plain = codec == null ? value : codec.encode(value);
        check(plain, ErrorCode.NOT_ENCODABLE);
        return plain;
    }

    @Override
    public @Nullable Object decode(@Nullable Object plain) {
        check(plain, ErrorCode.NOT_DECODABLE);
        return plain;
    }

    private void check(@Nullable Object value, ErrorCode code) {
        if (value != null && !type.isInstance(value)) {
            throw new PerdureException(
                    code,
                    "expected " + name + ", found a value of type "
                            + value.getClass().getName());
        }
    }
}
