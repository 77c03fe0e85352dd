package dev.perdure.core.definition;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/** Plain data that is refused where it would be read back as something else. */
final class ExactValue implements ValueType<@Nullable Object> {
    @Override
    public String name() {
        return "Object";
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
        Object plain = Plain.of(value);
        if (value != null && !value.equals(plain)) {
            throw new PerdureException(
                    ErrorCode.NOT_ENCODABLE,
                    "a " + value.getClass().getName()
                            + " would be read back as another type; say its class where you ask for it");
        }
        return plain;
    }

    @Override
    public @Nullable Object decode(@Nullable Object plain) {
        return plain;
    }
}
