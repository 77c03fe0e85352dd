package dev.perdure.core.graph;

/** The colours of a node's state; readable in black and white too, because the label says the state in words. */
record Palette(String fill, String line) {
    static Palette of(NodeState.Status status) {
        return switch (status) {
            case NOT_REACHED -> new Palette("#ffffff", "#9e9e9e");
            case RUNNING -> new Palette("#bbdefb", "#0d47a1");
            case WAITING -> new Palette("#fff3c4", "#8d6e00");
            case COMPLETED -> new Palette("#c8e6c9", "#1b5e20");
            case FAILED -> new Palette("#ffcdd2", "#b71c1c");
            case CANCELLED -> new Palette("#e1bee7", "#4a148c");
            case SKIPPED -> new Palette("#eeeeee", "#bdbdbd");
        };
    }
}
