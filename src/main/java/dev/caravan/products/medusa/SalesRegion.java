package dev.caravan.products.medusa;

import dev.caravan.failure.BadSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Countries that pay in one currency.
 *
 * @param currency  lower case, as Medusa has it
 * @param countries two letters each, lower case, as Medusa has them; at least one
 */
public record SalesRegion(String name, String currency, List<String> countries) {
    private static final Pattern ONE = Pattern.compile("([^:,]+):([A-Za-z]{3}):([A-Za-z ]+)");

    public SalesRegion {
        countries = List.copyOf(countries);
    }

    /**
     * @param setting {@code NAME:CURRENCY:COUNTRY COUNTRY…}, several separated by commas
     * @throws BadSettings when it looks otherwise
     */
    public static List<SalesRegion> parse(String setting) {
        var regions = new ArrayList<SalesRegion>();
        for (var text : setting.split(",")) {
            var match = ONE.matcher(text.strip());
            if (!match.matches())
                throw new BadSettings("medusa.regions has \"" + text.strip()
                        + "\": write NAME:CURRENCY:COUNTRY, such as Saudi Arabia:SAR:SA");
            regions.add(new SalesRegion(
                    match.group(1).strip(),
                    match.group(2).toLowerCase(Locale.ROOT),
                    List.of(match.group(3).strip().toLowerCase(Locale.ROOT).split(" +"))));
        }
        return List.copyOf(regions);
    }
}
