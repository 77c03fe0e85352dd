package dev.perdure.core.jackson;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;

/**
 * Refuses what stands for something alive (threads, streams, connections) wherever it is in a value: as a bean it would be
 * recorded as whatever getters it happens to have, often none. A record without components is a value, though.
 */
final class AliveValues extends BeanSerializerModifier {
    private static final long serialVersionUID = 1L;

    static boolean isAlive(JavaType type) {
        if (isAlive(type.getRawClass()) || (type.getContentType() != null && isAlive(type.getContentType()))) {
            return true;
        }
        for (int i = 0; i < type.containedTypeCount(); i++) {
            if (isAlive(type.containedType(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAlive(Class<?> raw) {
        return raw.isHidden() // a lambda
                || Thread.class.isAssignableFrom(raw)
                || ClassLoader.class.isAssignableFrom(raw)
                || AutoCloseable.class.isAssignableFrom(raw)
                || java.util.concurrent.Executor.class.isAssignableFrom(raw)
                || java.util.concurrent.Future.class.isAssignableFrom(raw);
    }

    @Override
    public JsonSerializer<?> modifySerializer(
            SerializationConfig config, BeanDescription bean, JsonSerializer<?> serializer) {
        Class<?> raw = bean.getBeanClass();
        if (isAlive(raw)) {
            return new Refusing(raw);
        }
        return raw.isRecord() && raw.getRecordComponents().length == 0 ? new Empty(raw) : serializer;
    }

    private static final class Refusing extends StdSerializer<Object> {
        private static final long serialVersionUID = 1L;

        Refusing(Class<?> type) {
            super(type, false);
        }

        @Override
        public void serialize(Object value, JsonGenerator out, SerializerProvider provider) throws IOException {
            provider.reportBadDefinition(handledType(), "stands for something alive");
        }
    }

    private static final class Empty extends StdSerializer<Object> {
        private static final long serialVersionUID = 1L;

        Empty(Class<?> type) {
            super(type, false);
        }

        @Override
        public void serialize(Object value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeStartObject(value);
            out.writeEndObject();
        }
    }
}
