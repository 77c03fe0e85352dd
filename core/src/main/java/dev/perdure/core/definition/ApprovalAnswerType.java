package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The output of {@link AwaitSignal.Mode#APPROVAL}. */
record ApprovalAnswerType() implements ValueType<ApprovalAnswer> {
    @Override
    public String name() {
        return "ApprovalAnswer";
    }

    @Override
    public Object encode(ApprovalAnswer answer) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("choice", answer.choice());
        plain.put("by", answer.by());
        plain.put("comment", answer.comment());
        plain.put("at", answer.at().toEpochMilli());
        return Collections.unmodifiableMap(plain);
    }

    @Override
    public ApprovalAnswer decode(@Nullable Object plain) {
        PlainFields fields = PlainFields.of(name(), plain);
        return new ApprovalAnswer(
                fields.get("choice", String.class),
                fields.getOrNull("by", String.class),
                fields.getOrNull("comment", String.class),
                Instant.ofEpochMilli(fields.get("at", Long.class)));
    }
}
