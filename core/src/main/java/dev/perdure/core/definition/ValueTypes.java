package dev.perdure.core.definition;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Value types that need no codec. */
public final class ValueTypes {
    /** The type of what returns nothing: always null. */
    public static final ValueType<@Nullable Object> NOTHING = new ValueType<@Nullable Object>() {
        @Override
        public String name() {
            return "Void";
        }

        @Override
        public @Nullable Object encode(@Nullable Object value) {
            return null;
        }

        @Override
        public @Nullable Object decode(@Nullable Object plain) {
            return null;
        }
    };

    /** The type of a node's name, or of a child run's id. */
    public static final ValueType<@Nullable String> TEXT = of("String", value -> (String) value);

    /** The type of a condition's result. */
    public static final ValueType<@Nullable Boolean> TRUTH = of("Boolean", value -> (Boolean) value);

    /** The type of a point in time, in milliseconds since 1970. */
    public static final ValueType<@Nullable Long> TIME = of("Long", value -> (Long) value);

    /** The type of what somebody is asked. */
    public static final ValueType<ApprovalRequest> REQUEST = mapped("ApprovalRequest", ApprovalRequest::toPlain, ApprovalRequest::fromPlain);

    /** The type of what somebody answered; null for nobody in time. */
    public static final ValueType<@Nullable ApprovalAnswer> ANSWER = mapped(
            "ApprovalAnswer",
            answer -> answer == null ? null : answer.toPlain(),
            plain -> plain == null ? null : ApprovalAnswer.fromPlain(plain));

    private ValueTypes() {}

    /** The type of lists of values of a type; an element may be missing. */
    public static <T extends @Nullable Object> ValueType<List<@Nullable T>> listOf(ValueType<T> element) {
        return mapped(
                "List<" + element.name() + ">",
                list -> {
                    List<@Nullable Object> plain = new ArrayList<>();
                    list.forEach(value -> plain.add(value == null ? null : element.encode(value)));
                    return plain;
                },
                plain -> {
                    List<@Nullable T> list = new ArrayList<>();
                    ((List<?>) Objects.requireNonNull(plain))
                            .forEach(value -> list.add(value == null ? null : element.decode(value)));
                    return list;
                });
    }

    /** The type of what signals brought, by name; null for a wait that timed out. */
    public static <T extends @Nullable Object> ValueType<@Nullable Map<String, T>> mapOf(ValueType<T> value) {
        return mapped(
                "Map<String, " + value.name() + ">",
                map -> {
                    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
                    Objects.requireNonNull(map).forEach((name, each) -> plain.put(name, value.encode(each)));
                    return plain;
                },
                plain -> {
                    if (plain == null) {
                        return null;
                    }
                    Map<String, T> map = new LinkedHashMap<>();
                    ((Map<?, ?>) plain).forEach((name, each) -> map.put(String.valueOf(name), value.decode(each)));
                    return map;
                });
    }

    /** The type of the first of several signals; null for a wait that timed out. */
    public static <T extends @Nullable Object> ValueType<@Nullable ReceivedSignal<T>> received(ValueType<T> value) {
        return mapped(
                "ReceivedSignal<" + value.name() + ">",
                received -> {
                    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
                    plain.put("signal", Objects.requireNonNull(received).signal());
                    plain.put("value", value.encode(received.value()));
                    return plain;
                },
                plain -> {
                    if (plain == null) {
                        return null;
                    }
                    Map<?, ?> map = (Map<?, ?>) plain;
                    return new ReceivedSignal<>(String.valueOf(map.get("signal")), value.decode(map.get("value")));
                });
    }

    private static <T extends @Nullable Object> ValueType<T> of(String name, Function<@Nullable Object, T> decode) {
        return mapped(name, value -> value, decode);
    }

    private static <T extends @Nullable Object> ValueType<T> mapped(
            String name, Function<T, @Nullable Object> encode, Function<@Nullable Object, T> decode) {
        return new Mapped<>(name, encode, decode);
    }

    private record Mapped<T extends @Nullable Object>(
            String name, Function<T, @Nullable Object> encoder, Function<@Nullable Object, T> decoder)
            implements ValueType<T> {
        @Override
        public @Nullable Object encode(T value) {
            return encoder.apply(value);
        }

        @Override
        public T decode(@Nullable Object plain) {
            try {
                return decoder.apply(plain);
            } catch (ClassCastException | NullPointerException | DateTimeException unfit) {
                throw new PerdureException(
                        ErrorCode.NOT_DECODABLE,
                        "expected " + name + ", found "
                                + (plain == null ? "null" : plain.getClass().getSimpleName()),
                        unfit);
            }
        }
    }
}
