package dev.perdure.core.journal;

/**
 * A definition that somebody wrote as a text, as the store keeps it (table {@code definitions}).
 *
 * @param name the workflow's name
 * @param version the workflow's version
 * @param text what it was made of, word by word
 * @param createdAt when the text was saved first, in milliseconds since 1970 (UTC)
 */
public record DefinitionRecord(String name, int version, String text, long createdAt) {
    /** Which one only: a text may hold secrets. */
    @Override
    public String toString() {
        return "DefinitionRecord[" + name + " v" + version + "]";
    }
}
