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
 * @param condition of a choose, whether the condition of a clause held; null for any other block
 */
public record BlockSummary(
        int succeeded,
        int failed,
        int cancelled,
        @Nullable String taken,
        @Nullable Boolean condition) {
    /** Of a block that ran all its parts. */
    public BlockSummary(int succeeded, int failed, int cancelled) {
        this(succeeded, failed, cancelled, null, null);
    }

    /** Of a block that chose one of its parts, null for none, because of a condition that held or for want of one. */
    public static BlockSummary ofChoice(@Nullable String taken, boolean condition) {
        return new BlockSummary(0, 0, 0, taken, condition);
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
        if (condition != null) {
            plain.put("condition", condition);
        }
        return plain;
    }

    /** The inverse of {@link #toPlain()}; absent counts read as zero. */
    public static BlockSummary fromPlain(@Nullable Object plain) {
        Map<?, ?> map = plain instanceof Map<?, ?> found ? found : Map.of();
        return new BlockSummary(
                count(map, "succeeded"),
                count(map, "failed"),
                count(map, "cancelled"),
                map.get("taken") instanceof String name ? name : null,
                map.get("condition") instanceof Boolean held ? held : null);
    }

    private static int count(Map<?, ?> map, String key) {
        return map.get(key) instanceof Number number ? number.intValue() : 0;
    }
}
