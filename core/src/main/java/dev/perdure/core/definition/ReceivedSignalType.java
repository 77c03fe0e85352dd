package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The output of {@link AwaitSignal.Mode#ANY}. */
record ReceivedSignalType<T extends @Nullable Object>(ValueType<T> value) implements ValueType<ReceivedSignal<T>> {
    private static final String SIGNAL = "signal";
    private static final String VALUE = "value";

    @Override
    public String name() {
        return "ReceivedSignal<" + value.name() + ">";
    }

    @Override
    public Object encode(ReceivedSignal<T> received) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put(SIGNAL, received.name());
        plain.put(VALUE, value.encode(received.value()));
        return Collections.unmodifiableMap(plain);
    }

    @Override
    public ReceivedSignal<T> decode(@Nullable Object plain) {
        PlainFields fields = PlainFields.of(name(), plain);
        return new ReceivedSignal<>(fields.get(SIGNAL, String.class), value.decode(fields.get(VALUE)));
    }
}
