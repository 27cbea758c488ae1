package dev.caravan.customers;

import java.util.HashMap;
import java.util.Locale;
import java.util.Locale.IsoCountryCode;
import java.util.Map;
import java.util.Optional;

/** Countries by ISO 3166. */
final class Countries {
    /** Codes with two letters, by themselves and by those with three. */
    private static final Map<String, String> CODES = codes();

    /** What people write for GB, although ISO 3166 reserves it. */
    private static final String UNITED_KINGDOM = "UK";

    private Countries() {}

    private static Map<String, String> codes() {
        var codes = new HashMap<String, String>();
        for (var code : Locale.getISOCountries(IsoCountryCode.PART1_ALPHA2)) {
            codes.put(code, code);
            codes.put(new Locale.Builder().setRegion(code).build().getISO3Country(), code);
        }
        codes.put(UNITED_KINGDOM, "GB");
        return Map.copyOf(codes);
    }

    /**
     * The code with two letters.
     *
     * @param text in upper case
     * @return empty for what is no country
     */
    static Optional<String> code(String text) {
        return Optional.ofNullable(CODES.get(text));
    }

    /** Whether it is known what is meant although ISO 3166 has no such code. */
    static boolean isAlias(String text) {
        return text.equals(UNITED_KINGDOM);
    }
}
