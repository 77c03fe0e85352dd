package dev.perdure.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Why something failed, as data: it is recorded, survives a resume unchanged, and never names a class to load.
 *
 * @param type the exception's class name, or a word of Perdure's own such as {@code BlockFailed}
 * @param message what it said, bounded to {@value #MAX_MESSAGE} characters; never null
 * @param code the {@link ErrorCode} where Perdure itself raised it
 * @param path the node that failed, where known
 * @param attempt the attempt that failed, from 1; 0 where attempts mean nothing
 * @param stack the stack trace as text, bounded; empty where there is none
 * @param causes other failures attached: the failed branches of a block, an exception's causes
 */
public record Failure(
        String type,
        String message,
        @Nullable ErrorCode code,
        @Nullable Path path,
        int attempt,
        String stack,
        List<Failure> causes) {
    /** Longest message that is kept. */
    public static final int MAX_MESSAGE = 4_000;

    private static final int MAX_FRAMES = 20;
    private static final int MAX_CAUSES = 5;

    public Failure {
        message = message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
        causes = List.copyOf(causes);
    }

    /** A failure that Perdure raises itself. */
    public static Failure of(ErrorCode code, String message, @Nullable Path path) {
        return new Failure(code.name(), message, code, path, 0, "", List.of());
    }

    /** The failure that {@code thrown} stands for, with its bounded stack trace and causes. */
    public static Failure of(Throwable thrown) {
        return of(thrown, 0);
    }

    private static Failure of(Throwable thrown, int depth) {
        if (thrown instanceof StepFailedException recorded) {
            return recorded.failure();
        }
        List<Failure> causes = new ArrayList<>();
        Throwable cause = causeOf(thrown);
        if (cause != null && cause != thrown && depth < MAX_CAUSES) {
            causes.add(of(cause, depth + 1));
        }
        ErrorCode code = thrown instanceof PerdureException known ? known.code() : null;
        return new Failure(thrown.getClass().getName(), messageOf(thrown), code, null, 0, stackOf(thrown), causes);
    }

    /** The same failure, located. */
    public Failure at(Path where, int onAttempt) {
        return new Failure(type, message, code, where, onAttempt, stack, causes);
    }

    /** The same failure with other messages, those of its causes too. */
    public Failure withMessages(UnaryOperator<String> words) {
        List<Failure> reworded =
                causes.stream().map(cause -> cause.withMessages(words)).toList();
        return new Failure(type, words.apply(message), code, path, attempt, stack, reworded);
    }

    /** One line: where, what and the message. */
    public String describe() {
        String where = path == null || path.isRoot() ? "" : "step \"" + path + "\" failed: ";
        return where + (code == ErrorCode.BLOCK_FAILED ? message : shortType() + ": " + message);
    }

    private String shortType() {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    /** A user's exception may itself throw while it describes itself; that must not keep its step from failing. */
    private static String messageOf(Throwable thrown) {
        try {
            String message = thrown.getMessage();
            return message == null ? "" : message;
        } catch (Throwable unreadable) {
            return "(its message could not be read: " + unreadable.getClass().getName() + ")";
        }
    }

    private static @Nullable Throwable causeOf(Throwable thrown) {
        try {
            return thrown.getCause();
        } catch (Throwable unreadable) {
            return null;
        }
    }

    private static String stackOf(Throwable thrown) {
        StackTraceElement[] frames;
        try {
            frames = thrown.getStackTrace();
        } catch (Throwable unreadable) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(frames.length, MAX_FRAMES); i++) {
            text.append(i == 0 ? "" : "\n").append("at ").append(frames[i]);
        }
        if (frames.length > MAX_FRAMES) {
            text.append("\n… ").append(frames.length - MAX_FRAMES).append(" more");
        }
        return text.toString();
    }

    /** This failure as plain data, the form it is stored in. */
    public Map<String, @Nullable Object> toPlain() {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("type", type);
        plain.put("message", message);
        if (code != null) {
            plain.put("code", code.name());
        }
        if (path != null) {
            plain.put("path", path.toString());
        }
        if (attempt > 0) {
            plain.put("attempt", (long) attempt);
        }
        if (!stack.isEmpty()) {
            plain.put("stack", stack);
        }
        if (!causes.isEmpty()) {
            plain.put("causes", causes.stream().map(Failure::toPlain).toList());
        }
        return plain;
    }

    /** The inverse of {@link #toPlain()}; absent or odd fields read as empty ones, so that an old error never blocks a run. */
    public static Failure fromPlain(@Nullable Object plain) {
        if (!(plain instanceof Map<?, ?> map)) {
            return new Failure("unknown", String.valueOf(plain), null, null, 0, "", List.of());
        }
        List<Failure> causes = new ArrayList<>();
        if (map.get("causes") instanceof List<?> list) {
            list.forEach(cause -> causes.add(fromPlain(cause)));
        }
        return new Failure(
                text(map.get("type"), "unknown"),
                text(map.get("message"), ""),
                codeOf(map.get("code")),
                map.get("path") instanceof String where ? Path.parse(where) : null,
                map.get("attempt") instanceof Number number ? number.intValue() : 0,
                text(map.get("stack"), ""),
                causes);
    }

    /** Which failure and how long its message is: no log ever shows a value. */
    @Override
    public String toString() {
        return "Failure[" + type + (path == null ? "" : " at " + path) + ", attempt " + attempt + ", message of "
                + message.length() + " characters, " + causes.size() + " causes]";
    }

    private static String text(@Nullable Object value, String absent) {
        return value instanceof String string ? string : absent;
    }

    private static @Nullable ErrorCode codeOf(@Nullable Object name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return null;
    }
}
