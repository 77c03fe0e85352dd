package dev.perdure.core.journal;

import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** Columns that may be empty. */
final class Texts {
    private Texts() {}

    static @Nullable String recoded(String column, @Nullable String text, BinaryOperator<String> form) {
        return text == null ? null : form.apply(column, text);
    }
}
