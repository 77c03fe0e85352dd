package dev.perdure.core.definition;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/** Text, never null. */
record TextType() implements ValueType<String> {
    @Override
    public String name() {
        return "String";
    }

    @Override
    public Object encode(String value) {
        return value;
    }

    @Override
    public String decode(@Nullable Object plain) {
        if (plain instanceof String text) {
            return text;
        }
        throw new PerdureException(
                ErrorCode.NOT_DECODABLE,
                "expected String, found "
                        + (plain == null ? "null" : plain.getClass().getSimpleName()));
    }
}
