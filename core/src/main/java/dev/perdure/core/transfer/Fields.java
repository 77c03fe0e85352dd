package dev.perdure.core.transfer;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Json;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The fields of one line, each to be asked for once. What is wrong is said without showing a value. Confined to one thread. */
final class Fields {
    private final long line;
    private final Map<String, @Nullable Object> left;
    private final String type;

    /** @param line counts from 1 */
    Fields(long line, String text) {
        this.line = line;
        this.left = read(text);
        this.type = text(Lines.TYPE);
    }

    private Map<String, @Nullable Object> read(String text) {
        try {
            if (Json.read(text) instanceof Map<?, ?> map) {
                Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                map.forEach((name, value) -> fields.put((String) name, value));
                return fields;
            }
        } catch (PerdureException malformed) {
            throw wrong("it is no JSON");
        }
        throw wrong("expected an object");
    }

    String type() {
        return type;
    }

    /** What was made of the line, which must have nothing else. */
    <T> T only(Function<Fields, T> read) {
        T made = read.apply(this);
        if (!left.isEmpty()) {
            throw wrong("there is no field "
                    + Names.quoted(left.keySet().iterator().next()) + " in a line of type \"" + type + "\"");
        }
        return made;
    }

    String text(String name) {
        return required(name, textOrNull(name));
    }

    @Nullable
    String textOrNull(String name) {
        Object value = left.remove(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw wrong("expected a text as \"" + name + "\"");
    }

    long number(String name) {
        return required(name, numberOrNull(name));
    }

    @Nullable
    Long numberOrNull(String name) {
        Object value = left.remove(name);
        if (value == null || value instanceof Long) {
            return (Long) value;
        }
        throw wrong("expected a whole number as \"" + name + "\"");
    }

    int integer(String name) {
        return required(name, integerOrNull(name));
    }

    @Nullable
    Integer integerOrNull(String name) {
        Long number = numberOrNull(name);
        if (number != null && number.intValue() != number) {
            throw wrong("the number of \"" + name + "\" is too large");
        }
        return number == null ? null : Integer.valueOf(number.intValue());
    }

    <E extends Enum<E>> E constant(String name, Class<E> type) {
        String value = text(name);
        return Stream.of(type.getEnumConstants())
                .filter(one -> one.name().equals(value))
                .findFirst()
                .orElseThrow(() -> wrong("\"" + name + "\" is none that this version of Perdure knows"));
    }

    private <T> T required(String name, @Nullable T value) {
        if (value == null) {
            throw wrong("it has no \"" + name + "\"");
        }
        return value;
    }

    /** The import cannot go on with this line. */
    PerdureException wrong(String what) {
        return new PerdureException(ErrorCode.NOT_DECODABLE, "line " + line + " cannot be imported: " + what);
    }
}
