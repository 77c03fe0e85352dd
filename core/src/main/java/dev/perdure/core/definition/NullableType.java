package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/** A value of a type, or null. */
record NullableType<T extends @Nullable Object>(ValueType<T> type) implements ValueType<@Nullable T> {
    @Override
    public String name() {
        return type.name();
    }

    @Override
    public @Nullable Object encode(@Nullable T value) {
        return value == null ? null : type.encode(value);
    }

    @Override
    public @Nullable T decode(@Nullable Object plain) {
        return plain == null ? null : type.decode(plain);
    }
}
