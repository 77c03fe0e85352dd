package dev.perdure.core.jackson;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.InputStream;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.NullUnmarked;

/** The shapes of values that Java users record. */
@NullUnmarked
final class Shapes {
    static final Type ITEMS = new TypeReference<List<Item>>() {}.getType();
    static final Type NUMBERS = new TypeReference<Map<String, Integer>>() {}.getType();
    static final Type STRINGS = new TypeReference<List<String>>() {}.getType();
    static final Type PAGES = new TypeReference<Page<Map<Color, List<Item>>>>() {}.getType();
    static final Type OPTIONAL = new TypeReference<Optional<Item>>() {}.getType();
    static final Type THREADS = new TypeReference<List<Thread>>() {}.getType();

    enum Color {
        RED,
        GREEN
    }

    record Item(String name, int count) {}

    record ItemV2(String name, int count, String note, Optional<Integer> limit) {}

    record Page<T>(T content, Optional<String> next, int size) {}

    record Sensor(double value, Double boxed, float single) {}

    record Payment(BigDecimal amount, Instant at, Duration delay, long id, byte[] proof) {}

    record Card(String owner, int number) {}

    record Wallet(List<Card> cards) {}

    record Guarded(String secret) {
        Guarded {
            if (secret.startsWith("bad")) {
                throw new IllegalArgumentException("refused " + secret);
            }
        }
    }

    record Nothing() {}

    record Holder(String name, InputStream stream) {}

    static final class Cycle {
        public Cycle next = this;
    }

    private Shapes() {}
}
