package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.ValueType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the nested Java builders of one workflow share. Confined to the defining thread. */
final class Build<I extends @Nullable Object> {
    final ValueType<I> input;
    final Codec codec;
    final List<String> problems = new ArrayList<>();

    @SuppressWarnings("unchecked") // the codec makes a value type of the type that it was asked for
    Build(Type input, Codec codec) {
        this.codec = codec;
        this.input = (ValueType<I>) type("the workflow's input", input);
    }

    ValueType<?> type(String where, Type type) {
        try {
            return codec.typeOf(type);
        } catch (PerdureException unencodable) {
            problems.add(where + ": " + unencodable.getMessage());
            return new Unencodable(type.getTypeName());
        }
    }

    /** The type of what is only passed on, as plain data. */
    ValueType<@Nullable Object> anything() {
        return new Anything(codec);
    }

    /** The same type, of values that may be missing. */
    <T> ValueType<@Nullable T> orNull(ValueType<T> type) {
        return new OrNull<>(type);
    }

    private record Anything(Codec codec) implements ValueType<@Nullable Object> {
        @Override
        public String name() {
            return "Any";
        }

        @Override
        public @Nullable Object encode(@Nullable Object value) {
            return codec.encode(value);
        }

        @Override
        public @Nullable Object decode(@Nullable Object plain) {
            return plain;
        }
    }

    private record OrNull<T>(ValueType<T> type) implements ValueType<@Nullable T> {
        @Override
        public String name() {
            return type.name();
        }

        @Override
        public @Nullable Object encode(@Nullable T value) {
            return value == null ? null : type.encode(value);
        }

        @Override
        public @Nullable T decode(@Nullable Object plain) {
            return plain == null ? null : type.decode(plain);
        }
    }

    <T extends @Nullable Object> BlockingBody stepBody(StepFunction<StepContext<I>, T> function) {
        return body -> function.apply(new StepContext<>(body, input, codec));
    }

    <T extends @Nullable Object> BlockingBody joinBody(StepFunction<JoinContext<I>, T> function) {
        return body -> function.apply(new JoinContext<>(body, input, codec));
    }

    BlockingBody mergeBody(MergeFunction<I> function) {
        return body -> {
            function.merge(new MergeContext<>(body, input, codec));
            return null;
        };
    }

    /** Stands for a type that cannot be encoded, until all problems are reported. */
    private record Unencodable(String name) implements ValueType<Object> {
        @Override
        public @Nullable Object encode(Object value) {
            throw new PerdureException(ErrorCode.NOT_ENCODABLE, "values of type " + name + " cannot be recorded");
        }

        @Override
        public Object decode(@Nullable Object plain) {
            throw new PerdureException(ErrorCode.NOT_DECODABLE, "values of type " + name + " cannot be read");
        }
    }
}
