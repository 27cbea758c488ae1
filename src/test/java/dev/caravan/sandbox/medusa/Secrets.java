package dev.caravan.sandbox.medusa;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Keys as Medusa makes them: a prefix and 64 hex digits. */
final class Secrets {
    private static final SecureRandom RANDOM = new SecureRandom();

    private Secrets() {}

    static String token(String prefix) {
        var bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return prefix + HexFormat.of().formatHex(bytes);
    }
}
