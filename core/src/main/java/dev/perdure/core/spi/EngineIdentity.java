package dev.perdure.core.spi;

/**
 * Who asks for a lease, in words that help whoever finds the store in use.
 *
 * @param engineId unique for each engine that was ever opened
 * @param processId of its JVM
 * @param host its host's name, or {@code "unknown"}
 */
public record EngineIdentity(String engineId, long processId, String host) {}
