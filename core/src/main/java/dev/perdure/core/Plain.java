package dev.perdure.core;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Plain data: what every value becomes before it is recorded. It is null, a {@link Boolean}, a {@link String}, a
 * {@link Long}, {@link BigInteger}, {@link Double} or {@link BigDecimal}, or an unmodifiable {@link List} or
 * {@link Map} (keyed by string) of plain data.
 *
 * <p>Each number has one canonical form, the one that its text reads back as: integers are Long where they fit; a
 * decimal is Double where the double's own text is the same decimal, else BigDecimal. So a value is the same before and
 * after it was stored. A NaN or infinite number is the string {@code "NaN"}, {@code "Infinity"} or {@code "-Infinity"},
 * which the typed decoders read back.
 */
public final class Plain {
    /** The deepest nesting of lists and maps; the graph of 64 blocks inside each other, four levels each, fits. */
    public static final int MAX_DEPTH = 300;

    private static final BigInteger MIN_LONG = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);

    private Plain() {}

    /**
     * The canonical, unmodifiable copy of {@code value}.
     *
     * @throws PerdureException NOT_ENCODABLE for anything that is not plain, LIMIT_EXCEEDED when nested too deep (a
     *     cycle is)
     */
    public static @Nullable Object of(@Nullable Object value) {
        return of(value, 0);
    }

    private static @Nullable Object of(@Nullable Object value, int depth) {
        if (value == null || value instanceof String || value instanceof Boolean || value instanceof Long) {
            return value;
        }
        if (value instanceof Number number) {
            return ofNumber(number);
        }
        if (value instanceof Map<?, ?> || value instanceof Iterable<?>) {
            if (depth >= MAX_DEPTH) {
                throw new PerdureException(
                        ErrorCode.LIMIT_EXCEEDED,
                        "a value is nested deeper than " + MAX_DEPTH + " levels, or contains itself; flatten it");
            }
            return value instanceof Map<?, ?> map ? ofMap(map, depth) : ofList((Iterable<?>) value, depth);
        }
        if (value instanceof Character || value instanceof Enum<?>) {
            return value instanceof Enum<?> constant ? constant.name() : value.toString();
        }
        throw new PerdureException(
                ErrorCode.NOT_ENCODABLE,
                "a value of type " + value.getClass().getName()
                        + " is not plain data (null, boolean, number, string, list, map) and no codec was given its type");
    }

    private static Map<String, @Nullable Object> ofMap(Map<?, ?> map, int depth) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>(map.size() * 2);
        map.forEach((key, item) -> {
            if (!(key instanceof String || key instanceof Number || key instanceof Enum<?>)) {
                throw new PerdureException(
                        ErrorCode.NOT_ENCODABLE,
                        "a map has a key of type "
                                + (key == null ? "null" : key.getClass().getName())
                                + "; keys of recorded maps are strings");
            }
            String name = key instanceof Enum<?> constant ? constant.name() : key.toString();
            if (copy.containsKey(name)) {
                throw new PerdureException(
                        ErrorCode.NOT_ENCODABLE,
                        "a map has two keys that are both written " + Names.quoted(name)
                                + "; keys of recorded maps are strings");
            }
            copy.put(name, of(item, depth + 1));
        });
        return Collections.unmodifiableMap(copy);
    }

    private static List<@Nullable Object> ofList(Iterable<?> items, int depth) {
        List<@Nullable Object> copy = new ArrayList<>();
        for (Object item : items) {
            copy.add(of(item, depth + 1));
        }
        return Collections.unmodifiableList(copy);
    }

    /** The canonical form of a number; a string for NaN and the infinities. */
    public static Object ofNumber(Number number) {
        if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
            return number.longValue();
        }
        if (number instanceof AtomicLong || number instanceof AtomicInteger || number instanceof LongAdder) {
            return number.longValue();
        }
        if (number instanceof BigInteger integer) {
            boolean fits = integer.compareTo(MIN_LONG) >= 0 && integer.compareTo(MAX_LONG) <= 0;
            return fits ? (Object) integer.longValue() : readable(integer, integer);
        }
        if (number instanceof BigDecimal decimal) {
            return ofDecimal(decimal);
        }
        double value = number.doubleValue();
        if (!Double.isFinite(value)) {
            return Double.toString(value);
        }
        return number instanceof Float single ? Decimals.widen(single) : value;
    }

    @SuppressWarnings("BigDecimalEquals") // the scale has to be the same, or the text would not be
    private static Number ofDecimal(BigDecimal decimal) {
        if (decimal.scale() == 0) {
            return (Number) ofNumber(decimal.unscaledValue());
        }
        double nearest = decimal.doubleValue();
        boolean same = Double.isFinite(nearest) && new BigDecimal(Decimals.textOf(nearest)).equals(decimal);
        return same ? (Number) nearest : readable(decimal, decimal.unscaledValue());
    }

    /** A number that {@link Json} would refuse to read must not be written. */
    private static <N extends Number> N readable(N number, BigInteger digits) {
        if (digits.bitLength() > 4 * Json.MAX_NUMBER || number.toString().length() > Json.MAX_NUMBER) {
            throw new PerdureException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "a number has more than " + Json.MAX_NUMBER + " characters; record it as a string");
        }
        return number;
    }

    /**
     * {@code left} plus {@code right}, both canonical numbers: exact for integers, a double where either is one.
     *
     * @throws PerdureException LIMIT_EXCEEDED when the sum is out of a recorded number's range
     */
    public static Number sum(Number left, Number right) {
        if (left instanceof Double || right instanceof Double) {
            double total = left.doubleValue() + right.doubleValue();
            if (!Double.isFinite(total)) {
                throw sumOutOfRange();
            }
            return total;
        }
        BigDecimal first = decimal(left);
        BigDecimal second = decimal(right);
        if (Math.abs((long) first.scale() - second.scale()) > Json.MAX_NUMBER) { // the sum would have all those digits
            throw sumOutOfRange();
        }
        return ofDecimal(first.add(second));
    }

    private static PerdureException sumOutOfRange() {
        return new PerdureException(ErrorCode.LIMIT_EXCEEDED, "a sum is out of the range of a recorded number");
    }

    private static BigDecimal decimal(Number number) {
        return new BigDecimal(number.toString()); // never a double's
    }
}
