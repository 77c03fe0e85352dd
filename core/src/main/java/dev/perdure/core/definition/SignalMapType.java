package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The output of {@link AwaitSignal.Mode#ALL}: what each signal brought, by its name, in the order of the names. */
record SignalMapType<T extends @Nullable Object>(ValueType<T> value) implements ValueType<Map<String, T>> {
    @Override
    public String name() {
        return "Map<String, " + value.name() + ">";
    }

    @Override
    public Object encode(Map<String, T> signals) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        signals.forEach((name, payload) -> plain.put(name, value.encode(payload)));
        return Collections.unmodifiableMap(plain);
    }

    @Override
    public Map<String, T> decode(@Nullable Object plain) {
        Map<String, T> signals = new LinkedHashMap<>();
        PlainFields.of(name(), plain)
                .fields()
                .forEach((name, payload) -> signals.put(String.valueOf(name), value.decode(payload)));
        return Collections.unmodifiableMap(signals);
    }
}
