package dev.perdure.core.journal;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened to one key of a context. Values are canonical plain data. Immutable. */
public sealed interface Change {
    /** The key has this value now. */
    record Put(@Nullable Object value) implements Change {
        /** That it is one: no log ever shows a value. */
        @Override
        public String toString() {
            return "Put[]";
        }
    }

    /** The key is gone. */
    record Remove() implements Change {}

    /** These values were added, in order, to the list that the key holds; an absent key is an empty list. */
    record Append(List<@Nullable Object> values) implements Change {
        // Not the compact form: javac drops the null annotation of its parameter, and Kotlin would refuse nulls.
        public Append(List<@Nullable Object> values) {
            this.values = Collections.unmodifiableList(new ArrayList<>(values));
        }

        /** How many values: no log ever shows a value. */
        @Override
        public String toString() {
            return "Append[" + values.size() + " values]";
        }
    }

    /** This was added to the number that the key holds; an absent key is zero. */
    record Increment(Number by) implements Change {
        /** That it is one: no log ever shows a value. */
        @Override
        public String toString() {
            return "Increment[]";
        }
    }

    /** The one change that has the effect of this one followed by {@code next}. */
    default Change then(Change next) {
        if (next instanceof Put || next instanceof Remove) {
            return next;
        }
        if (this instanceof Put put) {
            return new Put(next.applyTo(true, put.value));
        }
        if (this instanceof Remove) {
            return new Put(next.applyTo(false, null));
        }
        if (this instanceof Append first && next instanceof Append second) {
            return new Append(concat(first.values, second.values));
        }
        if (this instanceof Increment first && next instanceof Increment second) {
            return new Increment(Plain.sum(first.by, second.by));
        }
        throw new PerdureException(
                ErrorCode.CONTEXT_TYPE,
                "one key was both appended to and incremented; it is a list or a number, not both");
    }

    /**
     * The key's value after this change; meaningless for {@link Remove}, after which there is none.
     *
     * @param isPresent whether the key has a value
     * @param value that value
     * @throws PerdureException CONTEXT_TYPE when the value cannot be appended to or incremented
     */
    default @Nullable Object applyTo(boolean isPresent, @Nullable Object value) {
        if (this instanceof Put put) {
            return put.value;
        }
        if (this instanceof Append append) {
            if (isPresent && !(value instanceof List<?>)) {
                throw mismatch("append to", "a list", value);
            }
            return isPresent ? concat((List<?>) value, append.values) : append.values;
        }
        if (this instanceof Increment increment) {
            if (!isPresent) {
                return increment.by;
            }
            if (value instanceof Number number) {
                return Plain.sum(number, increment.by);
            }
            throw mismatch("increment", "a number", value);
        }
        return null;
    }

    private static List<@Nullable Object> concat(@Nullable List<?> first, List<?> second) {
        List<@Nullable Object> all = new ArrayList<>((first == null ? 0 : first.size()) + second.size());
        if (first != null) {
            all.addAll(first);
        }
        all.addAll(second);
        return Collections.unmodifiableList(all);
    }

    private static PerdureException mismatch(String what, String expected, @Nullable Object found) {
        String type = found == null ? "null" : found.getClass().getSimpleName();
        return new PerdureException(
                ErrorCode.CONTEXT_TYPE, "cannot " + what + " the key: expected " + expected + ", found " + type);
    }
}
