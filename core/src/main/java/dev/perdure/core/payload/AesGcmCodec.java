package dev.perdure.core.payload;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.spi.PayloadCodec;
import dev.perdure.core.spi.PayloadPlace;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts payloads with AES in Galois/Counter Mode: what was changed, or moved to another run, step or column, is not decoded.
 *
 * <p>A text is {@code key id:base64 of nonce, encrypted payload and tag}. The nonce has 96 random bits, so one key is good for
 * some four thousand million payloads; take a new one before that. Keys are told apart by their ids: the newest one writes, and
 * all that are given can read.
 *
 * <pre>{@code
 * AesGcmCodec codec = AesGcmCodec.of("2026-11", newKey).reading("2025-04", oldKey);
 * Engine engine = Engine.builder(store).payloadCodec(codec).register(workflow).open();
 * }</pre>
 *
 * <p>Immutable. Keys are never shown.
 */
public final class AesGcmCodec implements PayloadCodec {
    private static final String NAME = "aes-gcm";
    private static final String TRANSFORMATION = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final String KEY_ID = "[A-Za-z0-9._-]{1,64}";
    private static final Base64.Encoder TEXT = Base64.getEncoder().withoutPadding();
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String newest;
    private final Map<String, SecretKey> keys;
    private final boolean acceptsPlain;

    private AesGcmCodec(String newest, Map<String, SecretKey> keys, boolean acceptsPlain) {
        this.newest = newest;
        this.keys = Collections.unmodifiableMap(keys);
        this.acceptsPlain = acceptsPlain;
    }

    /**
     * Writes and reads with this key.
     *
     * @param keyId 1 to 64 letters of the English alphabet, digits, dots, hyphens and underscores; stored with each payload
     * @param key 16, 24 or 32 random bytes, not a password; copied
     * @throws PerdureException INVALID_ARGUMENT
     */
    public static AesGcmCodec of(String keyId, byte[] key) {
        return new AesGcmCodec(keyId, with(Map.of(), keyId, key), true);
    }

    /** The same, which also reads what was written with an older key. */
    public AesGcmCodec reading(String keyId, byte[] key) {
        return new AesGcmCodec(newest, with(keys, keyId, key), acceptsPlain);
    }

    /** The same, which reads nothing that was stored without a codec: who can write to the store cannot slip such a payload in. */
    public AesGcmCodec refusingPlain() {
        return new AesGcmCodec(newest, keys, false);
    }

    private static Map<String, SecretKey> with(Map<String, SecretKey> known, String keyId, byte[] key) {
        if (!keyId.matches(KEY_ID) || known.containsKey(keyId)) {
            throw invalid("key id " + Names.quoted(keyId)
                    + "; expected one that is not taken, of 1 to 64 letters, digits, dots, hyphens and underscores");
        }
        if (key.length != 16 && key.length != 24 && key.length != 32) {
            throw invalid("key " + Names.quoted(keyId) + " has " + key.length + " bytes; expected 16, 24 or 32");
        }
        Map<String, SecretKey> keys = new LinkedHashMap<>(known);
        keys.put(keyId, new SecretKeySpec(key, "AES"));
        return keys;
    }

    private static PerdureException invalid(String message) {
        return new PerdureException(ErrorCode.INVALID_ARGUMENT, message);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean acceptsPlain() {
        return acceptsPlain;
    }

    @Override
    public String encode(String text, PayloadPlace place) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        byte[] plain = text.getBytes(StandardCharsets.UTF_8);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, newest, nonce, place).doFinal(plain);
            ByteBuffer all = ByteBuffer.allocate(NONCE_BYTES + sealed.length);
            return newest + ":" + TEXT.encodeToString(all.put(nonce).put(sealed).array());
        } catch (GeneralSecurityException unsupported) {
            throw new PerdureException(ErrorCode.INTERNAL, "AES-GCM does not work in this JVM", unsupported);
        }
    }

    @Override
    public String decode(String encoded, PayloadPlace place) {
        int end = encoded.indexOf(':');
        String keyId = end < 0 ? "" : encoded.substring(0, end);
        if (!keyId.matches(KEY_ID)) {
            throw unreadable("its text is not in the form that codec \"" + NAME + "\" writes");
        }
        if (!keys.containsKey(keyId)) {
            throw unreadable("key \"" + keyId + "\" is not known here; known are " + keys.keySet());
        }
        try {
            byte[] all = Base64.getDecoder().decode(encoded.substring(end + 1));
            if (all.length < NONCE_BYTES + TAG_BITS / Byte.SIZE) {
                throw unreadable(damaged(place));
            }
            byte[] nonce = Arrays.copyOf(all, NONCE_BYTES);
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, keyId, nonce, place);
            byte[] plain = cipher.doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES);
            return new String(plain, StandardCharsets.UTF_8);
        } catch (AEADBadTagException forged) {
            throw unreadable("it was changed, moved from another place, or written with another key called \"" + keyId
                    + "\" (" + place.table() + "." + place.column() + ")");
        } catch (GeneralSecurityException | IllegalArgumentException malformed) {
            throw unreadable(damaged(place));
        }
    }

    private static String damaged(PayloadPlace place) {
        return "it was cut off or changed (" + place.table() + "." + place.column() + ")";
    }

    private Cipher cipher(int mode, String keyId, byte[] nonce, PayloadPlace place) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(TRANSFORMATION);
        cipher.init(mode, keys.get(keyId), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD((NAME + ":" + keyId + ":" + place.text()).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    /** Without a cause: nothing of what a provider says of a payload gets into a log. */
    private static PerdureException unreadable(String why) {
        return new PerdureException(ErrorCode.UNREADABLE_PAYLOAD, why);
    }

    /** The ids of its keys only. */
    @Override
    public String toString() {
        return "AesGcmCodec[writes " + newest + ", reads " + keys.keySet() + "]";
    }
}
