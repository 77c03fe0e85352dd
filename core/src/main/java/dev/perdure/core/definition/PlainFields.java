package dev.perdure.core.definition;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the fields of a map in plain data, as a value type that knows its shape does. */
record PlainFields(String type, Map<?, ?> fields) {
    static PlainFields of(String type, @Nullable Object plain) {
        if (!(plain instanceof Map<?, ?> fields)) {
            throw new PerdureException(
                    ErrorCode.NOT_DECODABLE,
                    "recorded data does not fit " + type + "; expected a map, found "
                            + (plain == null ? "null" : plain.getClass().getSimpleName()));
        }
        return new PlainFields(type, fields);
    }

    @Nullable
    Object get(String field) {
        return fields.get(field);
    }

    <T> T get(String field, Class<T> expected) {
        T value = getOrNull(field, expected);
        if (value == null) {
            throw unfit(field, expected, "null");
        }
        return value;
    }

    <T> @Nullable T getOrNull(String field, Class<T> expected) {
        Object value = fields.get(field);
        if (value == null) {
            return null;
        }
        if (!expected.isInstance(value)) {
            throw unfit(field, expected, value.getClass().getSimpleName());
        }
        return expected.cast(value);
    }

    private PerdureException unfit(String field, Class<?> expected, String found) {
        return new PerdureException(
                ErrorCode.NOT_DECODABLE,
                "recorded data does not fit " + type + " at " + field + "; expected " + expected.getSimpleName()
                        + ", found " + found);
    }
}
