package dev.perdure.core.journal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the branches of a block ended.
 *
 * @param succeeded branches that completed
 * @param failed branches that failed or timed out
 * @param cancelled branches that were cancelled, started or not
 */
public record BlockSummary(int succeeded, int failed, int cancelled) {
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
        return plain;
    }

    /** The inverse of {@link #toPlain()}; absent counts read as zero. */
    public static BlockSummary fromPlain(@Nullable Object plain) {
        Map<?, ?> map = plain instanceof Map<?, ?> found ? found : Map.of();
        return new BlockSummary(count(map, "succeeded"), count(map, "failed"), count(map, "cancelled"));
    }

    private static int count(Map<?, ?> map, String key) {
        return map.get(key) instanceof Number number ? number.intValue() : 0;
    }
}
