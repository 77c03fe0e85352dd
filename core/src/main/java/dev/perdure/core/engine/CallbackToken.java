package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/**
 * What a callback is recognised by: where it belongs, and a secret of 256 random bits, of which the store keeps a hash only.
 *
 * @param runId the run that waits
 * @param request the path of the request that handed it out
 */
record CallbackToken(String runId, Path request, String secret) {
    private static final int SECRET_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    static CallbackToken make(String runId, Path request) {
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        return new CallbackToken(runId, request, ENCODER.encodeToString(secret));
    }

    /** Safe in a URL: the run id, the path and the secret in base64url, with dots between them. */
    String text() {
        return encoded(runId) + "." + encoded(request.toString()) + "." + secret;
    }

    /**
     * The token with the given text.
     *
     * @throws PerdureException INVALID_TOKEN when there is none like it; the message does not show it
     */
    static CallbackToken parse(String text) {
        String[] parts = text.split("\\.", -1);
        try {
            if (parts.length == 3 && !parts[2].isEmpty()) {
                return new CallbackToken(decoded(parts[0]), Path.parse(decoded(parts[1])), parts[2]);
            }
        } catch (IllegalArgumentException malformed) {
            throw invalid();
        }
        throw invalid();
    }

    static PerdureException invalid() {
        return new PerdureException(
                ErrorCode.INVALID_TOKEN,
                "this is not a token that a callback's request handed out; nothing was changed");
    }

    /** What the store keeps: SHA-256 in hexadecimal. */
    String hash() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** Whether this is the token with that hash; takes the same time for every other one. */
    boolean hasHash(String recorded) {
        return MessageDigest.isEqual(
                hash().getBytes(StandardCharsets.US_ASCII), recorded.getBytes(StandardCharsets.US_ASCII));
    }

    private static String encoded(String text) {
        return ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String text) {
        return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "CallbackToken[" + runId + " " + request + "]";
    }
}
