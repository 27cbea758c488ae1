package dev.caravan.api;

import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Who may call the HTTP API. Keys are random and long, so a plain SHA-256 of each is kept and no key itself. */
public final class ApiKeys {
    /** What a key may do. */
    public enum Role {
        /** Hand in data and tasks. */
        PRODUCER,
        /** Look. */
        VIEWER,
        /** Look, replay, release, discard, ingest. */
        OPERATOR;

        /** Whether a key of this role may do what {@code needed} may. */
        public boolean covers(Role needed) {
            return this == needed || this == OPERATOR && needed == VIEWER;
        }
    }

    /** A key's owner, as the audit log names it. */
    public record Caller(String name, Role role) {}

    private static final Pattern ENTRY = Pattern.compile("([^:]+):((?i)producer|viewer|operator):([0-9a-fA-F]{64})");

    private record Entry(Caller caller, byte[] hash) {}

    private final List<Entry> entries;

    private ApiKeys(List<Entry> entries) {
        this.entries = entries;
    }

    /**
     * @param setting comma-separated {@code NAME:ROLE:SHA256}; blank for none
     * @throws BadSettings naming the entry that is wrong
     */
    public static ApiKeys parse(String setting) {
        var entries = new ArrayList<Entry>();
        for (var item : setting.split(",")) {
            if (item.isBlank()) continue;
            var entry = ENTRY.matcher(item.strip());
            if (!entry.matches()) {
                throw new BadSettings("CARAVAN_API_KEYS: entry " + (entries.size() + 1)
                        + " must be NAME:ROLE:SHA256 with role producer, viewer or operator; "
                        + "`caravan api-key` makes one");
            }
            entries.add(new Entry(
                    new Caller(entry.group(1), Role.valueOf(entry.group(2).toUpperCase(Locale.ROOT))),
                    HexFormat.of().parseHex(entry.group(3))));
        }
        return new ApiKeys(entries);
    }

    /** Who a key belongs to; empty for an unknown one. Takes as long for a wrong key as for a right one. */
    public Optional<Caller> caller(String key) {
        var hash = HexFormat.of().parseHex(Json.sha256(key.getBytes(StandardCharsets.UTF_8)));
        Caller found = null;
        for (var entry : entries) {
            if (MessageDigest.isEqual(entry.hash(), hash)) found = entry.caller();
        }
        return Optional.ofNullable(found);
    }

    /** Whether there is still a key of that name and role. */
    public boolean has(Caller caller) {
        return entries.stream().anyMatch(entry -> entry.caller().equals(caller));
    }

    /** A new random key: 192 bits in URL-safe characters. */
    public static String generate() {
        var bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return "ck_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The setting's entry for a key. */
    public static String entry(String name, Role role, String key) {
        return name + ":" + role.name().toLowerCase(Locale.ROOT) + ":"
                + Json.sha256(key.getBytes(StandardCharsets.UTF_8));
    }
}
