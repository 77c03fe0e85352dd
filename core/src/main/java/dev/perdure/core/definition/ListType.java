package dev.perdure.core.definition;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list of values of one type. */
record ListType<E extends @Nullable Object>(ValueType<E> element) implements ValueType<List<E>> {
    @Override
    public String name() {
        return "List<" + element.name() + ">";
    }

    @Override
    public @Nullable Object encode(List<E> values) {
        if (!((Object) values instanceof List<?>)) {
            throw unfit(ErrorCode.NOT_ENCODABLE, values); // what a raw type let through
        }
        List<@Nullable Object> plain = new ArrayList<>(values.size());
        values.forEach(value -> plain.add(element.encode(value)));
        return Collections.unmodifiableList(plain);
    }

    @Override
    public List<E> decode(@Nullable Object plain) {
        if (!(plain instanceof List<?> items)) {
            throw unfit(ErrorCode.NOT_DECODABLE, plain);
        }
        List<E> values = new ArrayList<>(items.size());
        items.forEach(item -> values.add(element.decode(item)));
        return Collections.unmodifiableList(values);
    }

    private PerdureException unfit(ErrorCode code, @Nullable Object found) {
        String type =
                found == null ? "null" : "a value of type " + found.getClass().getSimpleName();
        return new PerdureException(code, "expected " + name() + ", found " + type);
    }
}
