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
import com.fasterxml.jackson.databind.module.SimpleModule;
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
    private static final int MAX_PATH = 200;

    private final ObjectMapper mapper;

    /** The standard mapper: java.time and Optional where their Jackson modules are on the class path, unknown fields ignored. */
    public JacksonCodec() {
        this(JsonMapper.builder()
                .findAndAddModules()
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .enable(SerializationFeature.WRITE_DATES_WITH_ZONE_ID)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .enable(MapperFeature.BLOCK_UNSAFE_POLYMORPHIC_BASE_TYPES)
                .addModule(new SimpleModule("perdure").setSerializerModifier(new AliveValues()))
                .build());
    }

    /** A mapper of one's own; it must not enable default typing. */
    public JacksonCodec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public ValueType<?> typeOf(Type type) {
        JavaType javaType = mapper.constructType(type);
        if (AliveValues.isAlive(javaType)) {
            throw new PerdureException(
                    ErrorCode.NOT_ENCODABLE,
                    "values of type " + type.getTypeName()
                            + " cannot be recorded: they stand for something alive. Return what describes it instead");
        }
        return new JacksonType(mapper, javaType);
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return Plain.of(value);
        }
        return encode(mapper, value, value.getClass().getName());
    }

    static @Nullable Object encode(ObjectMapper mapper, @Nullable Object value, String type) {
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
            if (path.length() > MAX_PATH) {
                path.append('…'); // a cycle's is a thousand fields long
                break;
            }
            String field = reference.getFieldName();
            path.append(field == null ? "[" + reference.getIndex() + "]" : path.isEmpty() ? field : "." + field);
        }
        return path.isEmpty() ? "" : " at " + path;
    }
}
