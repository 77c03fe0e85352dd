package dev.perdure.core.jackson;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between Jackson's trees and plain data. */
final class NodePlain {
    private NodePlain() {}

    static @Nullable Object toPlain(JsonNode node) {
        return toPlain(node, 0);
    }

    private static @Nullable Object toPlain(JsonNode node, int depth) {
        if (depth > Plain.MAX_DEPTH) {
            throw new PerdureException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "a value is nested deeper than " + Plain.MAX_DEPTH + " levels; flatten it");
        }
        return switch (node.getNodeType()) {
            case NULL, MISSING -> null;
            case BOOLEAN -> node.booleanValue();
            case STRING -> node.textValue();
            case NUMBER -> Plain.ofNumber(node.numberValue());
            case BINARY -> node.asText();
            case ARRAY -> list(node, depth);
            case OBJECT -> map(node, depth);
            case POJO -> Plain.of(((POJONode) node).getPojo());
        };
    }

    private static List<@Nullable Object> list(JsonNode node, int depth) {
        List<@Nullable Object> list = new ArrayList<>(node.size());
        node.forEach(item -> list.add(toPlain(item, depth + 1)));
        return Collections.unmodifiableList(list);
    }

    private static Map<String, @Nullable Object> map(JsonNode node, int depth) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        node.properties().forEach(field -> map.put(field.getKey(), toPlain(field.getValue(), depth + 1)));
        return Collections.unmodifiableMap(map);
    }

    static JsonNode toNode(ObjectMapper mapper, @Nullable Object plain) throws IOException {
        JsonNodeFactory nodes = mapper.getNodeFactory();
        if (plain == null) {
            return nodes.nullNode();
        }
        if (plain instanceof String text) {
            return nodes.textNode(text);
        }
        if (plain instanceof Boolean flag) {
            return nodes.booleanNode(flag);
        }
        if (plain instanceof Number number) {
            return number(nodes, number);
        }
        if (plain instanceof List<?> list) {
            ArrayNode array = nodes.arrayNode(list.size());
            for (Object item : list) {
                array.add(toNode(mapper, item));
            }
            return array;
        }
        ObjectNode object = nodes.objectNode();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) plain).entrySet()) {
            object.set((String) entry.getKey(), toNode(mapper, entry.getValue()));
        }
        return object;
    }

    private static JsonNode number(JsonNodeFactory nodes, Number number) {
        if (number instanceof Long integer) {
            boolean isInt = integer >= Integer.MIN_VALUE && integer <= Integer.MAX_VALUE;
            return isInt ? nodes.numberNode(integer.intValue()) : nodes.numberNode(integer);
        }
        if (number instanceof BigInteger integer) {
            return nodes.numberNode(integer);
        }
        return number instanceof BigDecimal decimal
                ? nodes.numberNode(decimal)
                : nodes.numberNode(number.doubleValue());
    }
}
