package dev.perdure.core.spi;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.UUID;

/**
 * Who asks for a lease, in words that help whoever finds the store in use.
 *
 * @param engineId unique for each engine that was ever opened
 * @param processId of its JVM
 * @param host its host's name, or {@code "unknown"}
 */
public record EngineIdentity(String engineId, long processId, String host) {
    /** A new engine of this process. */
    public static EngineIdentity ofThisProcess() {
        return new EngineIdentity(
                UUID.randomUUID().toString(), ProcessHandle.current().pid(), hostName());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "unknown";
        }
    }
}
