package dev.perdure.core.jackson;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.perdure.core.Codec;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import dev.perdure.core.ValueType;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * Turns Java records, beans, enums, collections, times and optionals into plain data and back, with Jackson. Types are those
 * that the code asks for; nothing in the data names a class.
 *
 * <p>Thread-safe.
 */
public final class JacksonCodec implements Codec {
    private final ObjectMapper mapper;

    /** The standard mapper: java.time and Optional where their Jackson modules are on the class path, unknown fields ignored. */
    public JacksonCodec() {
        this(JsonMapper.builder()
                .findAndAddModules()
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .nodeFactory(new JsonNodeFactory(true))
                .enable(MapperFeature.BLOCK_UNSAFE_POLYMORPHIC_BASE_TYPES)
                .build());
    }

    /** A mapper of one's own; it must not enable default typing. */
    public JacksonCodec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public ValueType<?> typeOf(Type type) {
        JavaType javaType = mapper.constructType(type);
        requireRecordable(javaType.getRawClass());
        return new JacksonType(mapper, javaType);
    }

    private static void requireRecordable(Class<?> raw) {
        if (isAlive(raw)) {
            throw new PerdureException(
                    ErrorCode.NOT_ENCODABLE,
                    "values of type " + raw.getName()
                            + " cannot be recorded: they stand for something alive. Return what describes it instead");
        }
    }

    private static boolean isAlive(Class<?> raw) {
        return Thread.class.isAssignableFrom(raw)
                || ClassLoader.class.isAssignableFrom(raw)
                || AutoCloseable.class.isAssignableFrom(raw)
                || java.util.concurrent.Executor.class.isAssignableFrom(raw)
                || java.util.concurrent.Future.class.isAssignableFrom(raw);
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return Plain.of(value);
        }
        return encode(mapper, value, value.getClass().getName());
    }

    static @Nullable Object encode(ObjectMapper mapper, @Nullable Object value, String type) {
        if (value != null) {
            requireRecordable(value.getClass());
        }
        try {
            JsonNode tree = mapper.valueToTree(value);
            return NodePlain.toPlain(tree);
        } catch (IllegalArgumentException | StackOverflowError unencodable) {
            String where = unencodable.getCause() instanceof JsonMappingException mapping ? pathOf(mapping) : "";
            throw new PerdureException(
                    ErrorCode.NOT_ENCODABLE,
                    "a value of type " + type + " cannot be turned into JSON" + where + " ("
                            + unencodable.getClass().getSimpleName()
                            + "); use records, beans, collections and simple values without cycles",
                    unencodable);
        }
    }

    /** Where in a value it went wrong, by field names only: messages of Jackson's may show values. */
    static String pathOf(JsonMappingException mapping) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference reference : mapping.getPath()) {
            String field = reference.getFieldName();
            path.append(field == null ? "[" + reference.getIndex() + "]" : path.isEmpty() ? field : "." + field);
        }
        return path.isEmpty() ? "" : " at " + path;
    }
}
