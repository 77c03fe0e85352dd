package dev.perdure.core;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * A generic type, for values that a {@link Class} cannot describe: {@code new TypeRef<List<Item>>() {}}.
 *
 * @param <T> that type
 */
public abstract class TypeRef<T extends @Nullable Object> {
    private final Type type;

    protected TypeRef() {
        if (!(getClass().getGenericSuperclass() instanceof ParameterizedType self)) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT, "a TypeRef without its type; write new TypeRef<List<Item>>() {}");
        }
        this.type = self.getActualTypeArguments()[0];
    }

    /** The type. */
    public final Type type() {
        return type;
    }

    @Override
    public final String toString() {
        return type.getTypeName();
    }
}
