package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ValueType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request with the choices of its approval, which are part of what is recorded. */
record ApprovalRequestType(Codec codec, List<String> choices) implements ValueType<ApprovalRequest> {
    ApprovalRequestType {
        choices = List.copyOf(choices);
    }

    @Override
    public String name() {
        return "ApprovalRequest";
    }

    @Override
    public Object encode(ApprovalRequest request) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        request.metadata().forEach((key, value) -> metadata.put(key, codec.encode(value)));
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("prompt", request.prompt());
        plain.put("metadata", Collections.unmodifiableMap(metadata));
        plain.put("choices", choices);
        return Collections.unmodifiableMap(plain);
    }

    @Override
    public ApprovalRequest decode(@Nullable Object plain) {
        PlainFields fields = PlainFields.of(name(), plain);
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        Map<?, ?> recorded = fields.get("metadata", Map.class);
        recorded.forEach((key, value) -> metadata.put(String.valueOf(key), value));
        return new ApprovalRequest(fields.get("prompt", String.class), metadata);
    }
}
