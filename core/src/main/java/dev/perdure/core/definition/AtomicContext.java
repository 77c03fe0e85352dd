package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/**
 * What the body of an atomic step in Java sees: all that the body of any step does, and the transaction that its result is
 * recorded in.
 *
 * <pre>{@code
 * w.atomic("debit", Long.class, s -> {
 *     Connection connection = s.unwrap(Connection.class);
 *     return accounts.debit(connection, s.input().account(), s.input().amount());
 * });
 * }</pre>
 *
 * <p>Used by the body's own thread.
 *
 * @param <I> the type of the workflow's input
 */
public final class AtomicContext<I extends @Nullable Object> extends StepContext<I> implements AtomicTransaction {
    private final AtomicTransaction transaction;

    private AtomicContext(BodyContext body, ValueType<I> input, Codec codec, AtomicTransaction transaction) {
        super(body, input, codec);
        this.transaction = transaction;
    }

    static <I extends @Nullable Object, T extends @Nullable Object> AtomicBody body(
            ValueType<I> input, Codec codec, StepFunction<AtomicContext<I>, T> function) {
        return (body, transaction) -> function.apply(new AtomicContext<>(body, input, codec, transaction));
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return transaction.unwrap(type);
    }
}
