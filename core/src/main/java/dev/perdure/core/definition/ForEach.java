package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * A loop over a list that is made, and recorded, when the run gets there. Item {@code i} has the path {@code name[i]}; its
 * value is readable under {@link #ITEM}. The loop's output is the list of its items' outputs, in the order of the items;
 * null for one that failed.
 *
 * <p>With a concurrency of 1 an item sees what those before it wrote to the context. With more, every item starts from the
 * context before the loop, and what they wrote is merged in the order of the items, as {@link Merge.DeepMerge} does.
 *
 * @param items yields the list; recorded under {@link #ITEMS}
 * @param body runs once for each item
 * @param concurrency how many items may be active at once, at least 1: a window, so a slow item holds up no others
 * @param yield makes something else than that list of how the items ended, when they have and the loop is to complete;
 *     recorded under {@link #YIELD}, where it is then read; null for the list
 */
public record ForEach(
        String name,
        Step items,
        Sequence body,
        int concurrency,
        OnError onError,
        @Nullable Step yield) implements Node {
    /** The part of the loop's path that its list is recorded under. */
    public static final String ITEMS = "items";

    /** The part of an item's path that stands for the item's value. */
    public static final String ITEM = "item";

    /** The part of the loop's path that its yield is recorded under. */
    public static final String YIELD = "yield";

    /** A loop whose output is the list of its items' outputs. */
    public ForEach(String name, Step items, Sequence body, int concurrency, OnError onError) {
        this(name, items, body, concurrency, onError, null);
    }

    /** What a failed item does. */
    public enum OnError {
        /** The other items are cancelled, and the loop fails. */
        FAIL_FAST,
        /** The others go on; the loop completes, with the failures in the context under {@code loop_errors}. */
        CONTINUE,
        /** The others go on; the loop fails at its end, with all failures. */
        COLLECT
    }

    @Override
    public String kind() {
        return "for_each";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.forEach(this);
    }
}
