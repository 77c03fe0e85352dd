package dev.perdure.core.jackson;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One Java type as Jackson sees it. */
record JacksonType(ObjectMapper mapper, JavaType type) implements ValueType<@Nullable Object> {
    @Override
    public String name() {
        return nameOf(type);
    }

    private static String nameOf(JavaType type) {
        StringBuilder name = new StringBuilder(boxed(type.getRawClass()).getSimpleName());
        for (int i = 0; i < type.containedTypeCount(); i++) {
            name.append(i == 0 ? "<" : ", ").append(nameOf(type.containedType(i)));
        }
        return name.append(type.containedTypeCount() > 0 ? ">" : "").toString();
    }

    private static Class<?> boxed(Class<?> raw) {
        return java.lang.invoke.MethodType.methodType(raw).wrap().returnType();
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
        if (value != null && !boxed(type.getRawClass()).isInstance(value)) {
            throw new PerdureException(
                    ErrorCode.NOT_ENCODABLE,
                    "expected a value of type " + name() + ", found "
                            + value.getClass().getName());
        }
        return JacksonCodec.encode(mapper, value, name());
    }

    @Override
    public @Nullable Object decode(@Nullable Object plain) {
        if (type.getRawClass() == Void.class
                || (plain == null && !type.getRawClass().getSimpleName().startsWith("Optional"))) {
            return null;
        }
        try {
            return mapper.readerFor(type).readValue(NodePlain.toNode(mapper, plain));
        } catch (IOException | IllegalArgumentException unfit) {
            String where = unfit instanceof JsonMappingException mapping ? JacksonCodec.pathOf(mapping) : "";
            throw new PerdureException(
                    ErrorCode.NOT_DECODABLE,
                    "recorded data does not fit type " + name() + where + "; found "
                            + (plain == null ? "null" : plain.getClass().getSimpleName())
                            + ". Give the type a form that reads what is recorded, or register the version that wrote it");
        }
    }
}
