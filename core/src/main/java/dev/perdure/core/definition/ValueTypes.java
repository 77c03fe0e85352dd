package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/** Value types that need no codec. */
public final class ValueTypes {
    /** The type of what returns nothing: always null. */
    public static final ValueType<@Nullable Object> NOTHING = new ValueType<@Nullable Object>() {
        @Override
        public String name() {
            return "Void";
        }

        @Override
        public @Nullable Object encode(@Nullable Object value) {
            return null;
        }

        @Override
        public @Nullable Object decode(@Nullable Object plain) {
            return null;
        }
    };

    private ValueTypes() {}
}
