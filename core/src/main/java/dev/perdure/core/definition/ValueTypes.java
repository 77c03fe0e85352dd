package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ValueType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Value types whose plain form is the library's own, the same in every language. */
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

    /** Plain data as it is; what is not plain is not encodable. */
    public static final ValueType<@Nullable Object> PLAIN = new PlainValue("Object", Object.class, null);

    /** Plain data that is read back as it was given: null, text, booleans, Long, Double, lists and maps of those. */
    public static final ValueType<@Nullable Object> EXACT = new ExactValue();

    /** A name, such as that of the clause to run or the node to go to; or null. */
    public static final ValueType<?> NAME = new PlainValue("String", String.class, null);

    /** A run's id. */
    public static final ValueType<String> RUN_ID = new TextType();

    /** Whether a condition holds. */
    public static final ValueType<?> CONDITION = new PlainValue("Boolean", Boolean.class, null);

    /** A time in milliseconds since 1970, or a number of milliseconds. */
    public static final ValueType<?> MILLIS = new PlainValue("Long", Long.class, null);

    /** Somebody's answer to an approval. */
    public static final ValueType<ApprovalAnswer> APPROVAL_ANSWER = new ApprovalAnswerType();

    private ValueTypes() {}

    /** Values that {@code codec} encodes by their class, read back as plain data. */
    public static ValueType<@Nullable Object> anyOf(Codec codec) {
        return new PlainValue("Object", Object.class, codec);
    }

    /** Lists of {@code element}s. */
    public static <E extends @Nullable Object> ValueType<List<E>> listOf(ValueType<E> element) {
        return new ListType<>(element);
    }

    /** Values of {@code type}, or null. */
    public static <T extends @Nullable Object> ValueType<@Nullable T> orNull(ValueType<T> type) {
        return new NullableType<>(type);
    }

    /** What a wait for any of several signals yields, each with a payload of {@code value}. */
    public static <T extends @Nullable Object> ValueType<ReceivedSignal<T>> anySignal(ValueType<T> value) {
        return new ReceivedSignalType<>(value);
    }

    /** What a wait for all of several signals yields, each with a payload of {@code value}. */
    public static <T extends @Nullable Object> ValueType<Map<String, T>> allSignals(ValueType<T> value) {
        return new SignalMapType<>(value);
    }

    /** An approval's request with its choices; {@code codec} encodes the values of its metadata. */
    public static ValueType<ApprovalRequest> approvalRequest(Codec codec, List<String> choices) {
        return new ApprovalRequestType(codec, choices);
    }
}
