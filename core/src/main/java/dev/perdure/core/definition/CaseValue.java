package dev.perdure.core.definition;

import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a clause is chosen by.
 *
 * @param plain the value in plain data
 */
record CaseValue(@Nullable Object plain) {
    static CaseValue of(@Nullable Object value, Path choice, Build<?> build) {
        try {
            return new CaseValue(build.codec.encode(value));
        } catch (PerdureException unencodable) {
            build.problems.add("a case of \"" + choice + "\": " + unencodable.getMessage());
            return new CaseValue(null);
        }
    }

    /** The name of its clause. */
    String name() {
        return plain instanceof String text ? text : Json.write(plain);
    }

    boolean isEqualTo(@Nullable Object found) {
        return Objects.equals(plain, found);
    }
}
