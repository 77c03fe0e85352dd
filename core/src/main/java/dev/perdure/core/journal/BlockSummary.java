package dev.perdure.core.journal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the branches of a block, or the items of a loop, ended.
 *
 * @param succeeded branches that completed
 * @param failed branches that failed or timed out
 * @param cancelled branches that were cancelled, started or not
 * @param taken the clause that a choose ran; null for any other block
 */
public record BlockSummary(
        int succeeded, int failed, int cancelled, @Nullable String taken) {
    /** Of a block that ran all its parts. */
    public BlockSummary(int succeeded, int failed, int cancelled) {
        this(succeeded, failed, cancelled, null);
    }

    /** Of a block that chose one of its parts; null where it chose none. */
    public static BlockSummary ofChoice(@Nullable String taken) {
        return new BlockSummary(0, 0, 0, taken);
    }

    /** All branches of the block. */
    public int total() {
        return succeeded + failed + cancelled;
    }

    /** The stored form. */
    public Map<String, @Nullable Object> toPlain() {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("succeeded", (long) succeeded);
        plain.put("failed", (long) failed);
        plain.put("cancelled", (long) cancelled);
        if (taken != null) {
            plain.put("taken", taken);
        }
        return plain;
    }

    /** The inverse of {@link #toPlain()}; absent counts read as zero. */
    public static BlockSummary fromPlain(@Nullable Object plain) {
        Map<?, ?> map = plain instanceof Map<?, ?> found ? found : Map.of();
        return new BlockSummary(count(map, "succeeded"), count(map, "failed"), count(map, "cancelled"), map.get("taken") instanceof String name ? name : null);
    }

    private static int count(Map<?, ?> map, String key) {
        return map.get(key) instanceof Number number ? number.intValue() : 0;
    }
}
