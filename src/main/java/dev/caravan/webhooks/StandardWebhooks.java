package dev.caravan.webhooks;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signatures as in the Standard Webhooks specification 1.0: {@code v1,} and the Base64 of HMAC-SHA256 over {@code id.timestamp.body}.
 */
public final class StandardWebhooks {
    public static final String ID = "webhook-id";
    public static final String TIMESTAMP = "webhook-timestamp";
    public static final String SIGNATURE = "webhook-signature";

    private static final String SECRET_PREFIX = "whsec_";
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private final List<byte[]> secrets;
    private final Clock clock;
    private final Predicate<String> firstSeen;

    private StandardWebhooks(List<byte[]> secrets, Clock clock, Predicate<String> firstSeen) {
        this.secrets = secrets;
        this.clock = clock;
        this.firstSeen = firstSeen;
    }

    /**
     * @param secrets   {@code whsec_} and Base64; several, separated by blanks, while they are rotated: the first signs, any verifies
     * @param firstSeen remembers a message id for at least ten minutes and says whether it is new
     */
    public static StandardWebhooks of(String secrets, Clock clock, Predicate<String> firstSeen) {
        var keys = new ArrayList<byte[]>();
        for (var secret : secrets.strip().split("\\s+")) {
            keys.add(Base64.getDecoder().decode(secret.startsWith(SECRET_PREFIX) ? secret.substring(SECRET_PREFIX.length()) : secret));
        }
        return new StandardWebhooks(keys, clock, firstSeen);
    }

    /**
     * @param accepted whether the message may be believed
     * @param reason   why not, for the log and the sender; empty when accepted
     */
    public record Verdict(boolean accepted, String reason) {
        private static Verdict refused(String reason) {
            return new Verdict(false, reason);
        }
    }

    /**
     * Checks a message.
     *
     * @param headers by lower-case name
     * @param body    exactly as received
     */
    public Verdict verify(Map<String, String> headers, byte[] body) {
        var id = headers.getOrDefault(ID, "");
        var timestamp = headers.getOrDefault(TIMESTAMP, "");
        var signatures = headers.getOrDefault(SIGNATURE, "");
        if (id.isBlank() || timestamp.isBlank() || signatures.isBlank()) return Verdict.refused("not signed: send webhook-id, webhook-timestamp and webhook-signature");
        if (!timestamp.matches("\\d{1,12}")) return Verdict.refused("webhook-timestamp must be seconds since 1970");
        var age = Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), clock.instant()).abs();
        if (age.compareTo(TOLERANCE) > 0) return Verdict.refused("webhook-timestamp is more than five minutes off");
        if (!signed(id, timestamp, body, signatures)) return Verdict.refused("the signature does not match");
        return firstSeen.test(id) ? new Verdict(true, "") : Verdict.refused("webhook-id was received before");
    }

    /** The three headers for a message of ours. */
    public Map<String, String> sign(String id, byte[] body) {
        var timestamp = String.valueOf(clock.instant().getEpochSecond());
        var signature = "v1," + Base64.getEncoder().encodeToString(mac(secrets.get(0), id, timestamp, body));
        return Map.of(ID, id, TIMESTAMP, timestamp, SIGNATURE, signature);
    }

    private boolean signed(String id, String timestamp, byte[] body, String signatures) {
        for (var signature : signatures.strip().split("\\s+")) {
            if (!signature.startsWith("v1,")) continue;
            byte[] given;
            try {
                given = Base64.getDecoder().decode(signature.substring(3));
            } catch (IllegalArgumentException e) {
                continue;
            }
            for (var secret : secrets) {
                if (MessageDigest.isEqual(given, mac(secret, id, timestamp, body))) return true;
            }
        }
        return false;
    }

    private static byte[] mac(byte[] secret, String id, String timestamp, byte[] body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
