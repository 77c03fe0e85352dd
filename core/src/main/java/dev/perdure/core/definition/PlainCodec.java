package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import dev.perdure.core.ValueType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The codec without any library: strings, booleans, numbers, lists and maps of these. */
final class PlainCodec implements Codec {
    private static final Set<Class<?>> KNOWN = Set.of(
            Object.class,
            String.class,
            Boolean.class,
            Integer.class,
            Long.class,
            Double.class,
            Number.class,
            List.class,
            Map.class,
            Void.class);

    @Override
    public ValueType<?> typeOf(Type type) {
        if (!(type instanceof Class<?> known) || !KNOWN.contains(known)) {
            throw new PerdureException(
                    ErrorCode.NOT_ENCODABLE,
                    "values of type " + type.getTypeName()
                            + " need a codec: add com.fasterxml.jackson.core:jackson-databind to the class path");
        }
        return new PlainType(known);
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
        return Plain.of(value);
    }

    private record PlainType(Class<?> type) implements ValueType<@Nullable Object> {
        @Override
        public String name() {
            return type.getSimpleName();
        }

        @Override
        public @Nullable Object encode(@Nullable Object value) {
            return Plain.of(value);
        }

        @Override
        public @Nullable Object decode(@Nullable Object plain) {
            Object value = plain;
            if (type == Integer.class && plain instanceof Long number) {
                value = Math.toIntExact(number);
            } else if (type == Double.class && plain instanceof Number number) {
                value = number.doubleValue();
            } else if (type == Double.class && plain instanceof String text) {
                value = Double.valueOf(text);
            }
            if (value != null && !type.isInstance(value)) {
                throw new PerdureException(
                        ErrorCode.NOT_DECODABLE,
                        "expected " + type.getSimpleName() + ", found "
                                + value.getClass().getSimpleName());
            }
            return value;
        }
    }
}
