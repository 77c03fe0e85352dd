package dev.perdure.core.definition;

import dev.perdure.core.Path;
import java.util.List;

/** The names of the signals that waits listen to. */
public final class SignalNames {
    /** What no signal that a user sends may begin with. */
    public static final String RESERVED = "perdure:";

    private SignalNames() {}

    /** The names that a wait listens to; those of an approval or a callback are its own. */
    public static List<String> of(AwaitSignal wait, Path path) {
        return switch (wait.mode()) {
            case ONE, ANY, ALL -> wait.signals();
            case APPROVAL -> List.of(approval(path));
            case CALLBACK -> List.of(callback(path));
        };
    }

    /** The signal that answers the approval at {@code path}. */
    public static String approval(Path path) {
        return RESERVED + "approval:" + path;
    }

    /** The signal that ends the callback at {@code path}. */
    public static String callback(Path path) {
        return RESERVED + "callback:" + path;
    }
}
