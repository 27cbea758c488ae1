package dev.caravan.webhooks;

import dev.caravan.failure.BadSettings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Webhooks signed as the Standard Webhooks specification says, symmetric version {@code v1}: HMAC-SHA256 over
 * {@code <webhook-id>.<webhook-timestamp>.<body>}.
 *
 * <p>A sender that got no answer sends the same id again. So an id is refused only once its webhook was let in; when handling it failed,
 * say so with {@link RememberedIds#forget}, and the sender's next try is let in.
 */
public final class StandardWebhooks {
    public static final String ID = "webhook-id";
    public static final String TIMESTAMP = "webhook-timestamp";
    public static final String SIGNATURE = "webhook-signature";

    /** How far a timestamp may be from our clock, either way. */
    public static final Duration TOLERANCE = Duration.ofMinutes(5);

    private static final String SECRET_PREFIX = "whsec_";
    private static final String VERSION = "v1,";

    /** Which ids were let in. */
    public interface RememberedIds {
        /**
         * Remembers an id, atomically.
         *
         * @param atLeast how long
         * @return false when it was remembered already
         */
        boolean remember(String id, Duration atLeast);

        /** Lets an id in again. */
        void forget(String id);
    }

    /** Why a webhook was not let in. */
    public enum Refusal {
        MISSING_HEADER("a header is missing: webhook-id, webhook-timestamp and webhook-signature are needed"),
        BAD_TIMESTAMP("webhook-timestamp is no number of seconds since 1970"),
        TOO_OLD("webhook-timestamp is more than five minutes ago"),
        TOO_NEW("webhook-timestamp is more than five minutes ahead"),
        NO_KNOWN_SIGNATURE("webhook-signature has none of version v1"),
        WRONG_SIGNATURE("no v1 signature is that of any of our secrets over this id, timestamp and body"),
        REPLAYED("a webhook with this id was let in before");

        private final String explanation;

        Refusal(String explanation) {
            this.explanation = explanation;
        }

        /** One sentence without anything secret; good for an answer or a log. */
        public String explanation() {
            return explanation;
        }
    }

    /**
     * What the verification said.
     *
     * @param id      the webhook's id; empty when it has none
     * @param refusal empty when it is let in
     */
    public record Result(String id, Optional<Refusal> refusal) {
        public boolean ok() {
            return refusal.isEmpty();
        }
    }

    private final List<SecretKeySpec> keys;
    private final RememberedIds remembered;
    private final Clock clock;

    /**
     * @param secrets    {@code whsec_} and Base64 (or Base64 alone); the first signs, all verify, so that they can be rotated
     * @param remembered shared by all instances that receive webhooks
     * @throws BadSettings when there is no secret, or one is not Base64 of 24 to 64 bytes
     */
    public StandardWebhooks(List<String> secrets, RememberedIds remembered, Clock clock) {
        if (secrets.isEmpty()) throw new BadSettings("no webhook secret is set");
        this.keys = secrets.stream().map(StandardWebhooks::key).toList();
        this.remembered = remembered;
        this.clock = clock;
    }

    private static SecretKeySpec key(String secret) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder()
                    .decode(secret.startsWith(SECRET_PREFIX) ? secret.substring(SECRET_PREFIX.length()) : secret);
        } catch (IllegalArgumentException e) {
            throw new BadSettings("a webhook secret is not " + SECRET_PREFIX + " and Base64");
        }
        if (bytes.length < 24 || bytes.length > 64) {
            throw new BadSettings("a webhook secret has " + bytes.length + " bytes: 24 to 64 are wanted");
        }
        return new SecretKeySpec(bytes, "HmacSHA256");
    }

    /**
     * Says whether a webhook is let in, and remembers its id if so.
     *
     * @param header gives a header's value by its lower-case name, null when there is none
     * @param body   the bytes as received, before any parsing
     */
    public Result verify(UnaryOperator<String> header, byte[] body) {
        var id = header.apply(ID);
        var refusal = refusal(id, header.apply(TIMESTAMP), header.apply(SIGNATURE), body);
        return new Result(id == null ? "" : id, Optional.ofNullable(refusal));
    }

    private Refusal refusal(String id, String timestamp, String signatures, byte[] body) {
        if (isBlank(id) || isBlank(timestamp) || isBlank(signatures)) return Refusal.MISSING_HEADER;
        Duration age;
        try {
            age = Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), clock.instant());
        } catch (NumberFormatException | java.time.DateTimeException | ArithmeticException e) {
            return Refusal.BAD_TIMESTAMP;
        }
        if (age.compareTo(TOLERANCE) > 0) return Refusal.TOO_OLD;
        if (age.compareTo(TOLERANCE.negated()) < 0) return Refusal.TOO_NEW;
        var known = Arrays.stream(signatures.trim().split("\\s+"))
                .filter(signature -> signature.startsWith(VERSION))
                .toList();
        if (known.isEmpty()) return Refusal.NO_KNOWN_SIGNATURE;
        if (!anyMatches(known, id, timestamp, body)) return Refusal.WRONG_SIGNATURE;
        // After twice the tolerance the timestamp alone keeps a replay out.
        return remembered.remember(id, TOLERANCE.multipliedBy(2)) ? null : Refusal.REPLAYED;
    }

    /** Compares all with all, so that the time it takes says nothing. */
    private boolean anyMatches(List<String> signatures, String id, String timestamp, byte[] body) {
        boolean matches = false;
        for (var key : keys) {
            var right = signature(key, id, timestamp, body).getBytes(StandardCharsets.UTF_8);
            for (var signature : signatures)
                matches |= MessageDigest.isEqual(right, signature.getBytes(StandardCharsets.UTF_8));
        }
        return matches;
    }

    /** The three headers of a webhook that we send, signed with the first secret. */
    public Map<String, String> sign(String id, byte[] body) {
        var timestamp = String.valueOf(clock.instant().getEpochSecond());
        var headers = new LinkedHashMap<String, String>();
        headers.put(ID, id);
        headers.put(TIMESTAMP, timestamp);
        headers.put(SIGNATURE, signature(keys.get(0), id, timestamp, body));
        return headers;
    }

    private static String signature(SecretKeySpec key, String id, String timestamp, byte[] body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return VERSION + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isBlank(String text) {
        return text == null || text.isBlank();
    }
}
