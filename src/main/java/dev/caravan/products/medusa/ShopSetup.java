package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.outbound.HttpPort;
import dev.caravan.outbound.Port;
import dev.caravan.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What a shop needs besides products, so that a customer can buy them: somewhere to sell, something to pay with, a place goods lie at and
 * a way they are sent. Can say what of it is missing, and can make that; what is there is left as it is.
 */
public final class ShopSetup {
    private static final String PAYMENT = "pp_system_default";
    private static final String TAX = "tp_system";
    private static final String FULFILLMENT = "manual_manual";

    private final AdminApi api;
    private final ShopSettings settings;
    private final List<SalesRegion> regions;

    /** @param medusa the server, authenticated; paths sent to it start with {@code /admin} */
    public ShopSetup(Port medusa, ShopSettings settings, List<SalesRegion> regions, Clock clock) {
        this.api = new AdminApi(medusa, clock);
        this.settings = settings;
        this.regions = List.copyOf(regions);
    }

    /**
     * Of the shop that the settings name.
     *
     * @throws BadSettings when they do not name one
     */
    public static ShopSetup of(Settings settings, Clock clock) {
        settings.flaws(true).stream()
                .filter(flaw -> flaw.key().startsWith("medusa."))
                .findFirst()
                .ifPresent(flaw -> {
                    throw new BadSettings(flaw.what());
                });
        var credentials = (settings.text("medusa.api-key") + ":").getBytes(StandardCharsets.UTF_8);
        var port = new HttpPort(
                "medusa",
                settings.uri("medusa.url"),
                Map.of("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials)),
                settings.duration("medusa.timeout-seconds"));
        return new ShopSetup(
                port, ShopSettings.of(settings), SalesRegion.parse(settings.text("medusa.regions")), clock);
    }

    /** How something the shop needs was found, or left. */
    public enum State {
        THERE,
        MADE,
        MISSING
    }

    /**
     * Something the shop needs.
     *
     * @param what   one line; with the token, where it is the publishable key
     * @param remedy what to do by hand when it is missing
     */
    public record Part(String what, State state, String remedy) {}

    /**
     * Looks, and changes nothing.
     *
     * @throws BadSettings       when Medusa will not have us, or a setting names something by an id it does not know
     * @throws TargetUnavailable when it does not answer
     */
    public List<Part> look() {
        return run(false);
    }

    /**
     * Looks, and makes what is missing.
     *
     * @throws BadSettings       as {@link #look}, and when Medusa refuses to make something; what was made before stays
     * @throws TargetUnavailable when it does not answer
     */
    public List<Part> make() {
        return run(true);
    }

    private List<Part> run(boolean making) {
        try {
            return new Round(making).all();
        } catch (Refusal e) {
            throw new BadSettings(e.getMessage());
        }
    }

    /** One look at the shop from top to bottom; each part knows by id what was found or made before it. */
    private final class Round {
        private final boolean making;
        private final List<Part> parts = new ArrayList<>();

        Round(boolean making) {
            this.making = making;
        }

        List<Part> all() {
            var store = first("/admin/stores?fields=id,default_sales_channel_id,*supported_currencies", "stores");
            var channel = channel(store);
            storeCurrencies(store);
            regions.forEach(this::region);
            countries().forEach(this::taxes);
            var location = location(channel);
            var zone = location == null ? null : zone(location);
            var profile = profile();
            shipping(zone, profile);
            publishableKey(channel);
            return parts;
        }

        /**
         * @param found id, when it is there
         * @param make  makes it and gives its id
         * @return the id; null when it is missing
         */
        private String need(String what, String remedy, Optional<String> found, Supplier<String> make) {
            if (found.isPresent() || !making) {
                parts.add(new Part(what, found.isPresent() ? State.THERE : State.MISSING, remedy));
                return found.orElse(null);
            }
            var id = make.get();
            parts.add(new Part(what, State.MADE, remedy));
            return id;
        }

        private String channel(JsonNode store) {
            var standard = store.path("default_sales_channel_id").asText("");
            var channels = list("/admin/sales-channels?fields=id,name", "sales_channels");
            var found = pick(channels, settings.salesChannel(), one -> is(one, "id", standard));
            var name = name(settings.salesChannel(), found, "Default Sales Channel");
            return need(
                    "sales channel \"" + name + "\"",
                    "make it, or set MEDUSA_SALES_CHANNEL",
                    found.map(ShopSetup::id),
                    () -> {
                        var id = id(api.post("/admin/sales-channels", named(notAnId(name, "sc_")))
                                .path("sales_channel"));
                        if (standard.isEmpty())
                            api.post("/admin/stores/" + id(store), Json.object().put("default_sales_channel_id", id));
                        return id;
                    });
        }

        private void storeCurrencies(JsonNode store) {
            // They are replaced as a whole: what the shop has goes back with what it lacks.
            var all = Json.array();
            var have = new LinkedHashSet<String>();
            for (var currency : store.path("supported_currencies")) {
                have.add(currency.path("currency_code").asText());
                all.addObject()
                        .put("currency_code", currency.path("currency_code").asText())
                        .put("is_default", currency.path("is_default").asBoolean());
            }
            for (var region : regions) {
                need(
                        "currency " + region.currency(),
                        "add it to the store's currencies",
                        have.contains(region.currency()) ? Optional.of(region.currency()) : Optional.empty(),
                        () -> {
                            all.addObject()
                                    .put("currency_code", region.currency())
                                    .put("is_default", all.size() == 1);
                            api.post("/admin/stores/" + id(store), Json.object().set("supported_currencies", all));
                            return region.currency();
                        });
                have.add(region.currency());
            }
        }

        private void region(SalesRegion wanted) {
            var all =
                    list("/admin/regions?fields=id,name,currency_code,countries.iso_2,payment_providers.id", "regions");
            var found = all.stream()
                    .filter(one -> is(one, "currency_code", wanted.currency())
                            && texts(one.path("countries"), "iso_2").containsAll(wanted.countries()))
                    .findFirst();
            var what = "region \"" + wanted.name() + "\" (" + wanted.currency() + ": "
                    + String.join(", ", wanted.countries()) + ")";
            var body =
                    named(wanted.name()).put("currency_code", wanted.currency()).put("automatic_taxes", true);
            wanted.countries().forEach(body.putArray("countries")::add);
            body.putArray("payment_providers").add(PAYMENT);
            need(
                    what,
                    "make it, or set MEDUSA_REGIONS to where you sell",
                    found.map(ShopSetup::id),
                    () -> id(api.post("/admin/regions", body).path("region")));
            var paid = found.map(one -> one.path("payment_providers"));
            if (paid.isPresent() && paid.get().isEmpty()) {
                need(
                        "a way to pay in region \"" + found.get().path("name").asText() + "\"",
                        "give the region a payment provider",
                        Optional.empty(),
                        () -> id(api.post(
                                        "/admin/regions/" + id(found.get()),
                                        Json.object().set("payment_providers", texts(List.of(PAYMENT))))
                                .path("region")));
            }
        }

        /** Where nobody says which tax to charge, none is: rates are the merchant's. */
        private void taxes(String country) {
            var found = list("/admin/tax-regions?fields=id,country_code", "tax_regions").stream()
                    .filter(one -> is(one, "country_code", country))
                    .findFirst();
            var body = Json.object().put("country_code", country).put("provider_id", TAX);
            need(
                    "tax region " + country,
                    "make it",
                    found.map(ShopSetup::id),
                    () -> id(api.post("/admin/tax-regions", body).path("tax_region")));
        }

        private JsonNode location(String channel) {
            var found = pick(locations(), settings.stockLocation(), one -> texts(one.path("sales_channels"), "id")
                    .contains(channel));
            var name = name(settings.stockLocation(), found, "Warehouse");
            var id = need(
                    "stock location \"" + name + "\"",
                    "make it, or set MEDUSA_STOCK_LOCATION",
                    found.map(ShopSetup::id),
                    () -> id(api.post("/admin/stock-locations", named(notAnId(name, "sloc_")))
                            .path("stock_location")));
            if (id == null) return null;
            var location = found.orElseGet(() -> withId(locations(), id));
            var path = "/admin/stock-locations/" + id;
            if (channel != null)
                need(
                        "\"" + name + "\" serves the sales channel",
                        "link the two",
                        texts(location.path("sales_channels"), "id").contains(channel)
                                ? Optional.of(channel)
                                : Optional.empty(),
                        () -> id(
                                api.post(path + "/sales-channels", add(channel)).path("stock_location")));
            need(
                    "a way to fulfil orders from \"" + name + "\"",
                    "give the location a fulfilment provider",
                    texts(location.path("fulfillment_providers"), "id").stream().findFirst(),
                    () -> id(api.post(path + "/fulfillment-providers", add(FULFILLMENT))
                            .path("stock_location")));
            return location;
        }

        private List<JsonNode> locations() {
            return list(
                    "/admin/stock-locations?fields=id,name,sales_channels.id,fulfillment_providers.id,fulfillment_sets.id,fulfillment_sets.type,"
                            + "fulfillment_sets.service_zones.id,fulfillment_sets.service_zones.name,fulfillment_sets.service_zones.geo_zones.*",
                    "stock_locations");
        }

        /** The id of a zone goods are sent to; null when there is none. */
        private String zone(JsonNode location) {
            JsonNode set = null;
            for (var one : location.path("fulfillment_sets")) if (is(one, "type", "shipping")) set = one;
            var found = set;
            var setId = need(
                    "shipping from \"" + location.path("name").asText() + "\"",
                    "switch shipping on for the location",
                    Optional.ofNullable(set).map(ShopSetup::id),
                    () -> makeSet(location));
            if (setId == null) return null;
            var zones = new ArrayList<JsonNode>();
            if (found != null) found.path("service_zones").forEach(zones::add);
            var path = "/admin/fulfillment-sets/" + setId + "/service-zones";
            for (var zone : zones) {
                if (!reaches(zone).containsAll(countries())) continue;
                need(zoneText(), "", Optional.of(id(zone)), () -> null);
                return id(zone);
            }
            return need(
                    zoneText(),
                    "give the location's shipping a service zone with these countries",
                    Optional.empty(),
                    () -> {
                        var body = named("Caravan's countries");
                        countries().forEach(country -> body.withArray("geo_zones")
                                .addObject()
                                .put("type", "country")
                                .put("country_code", country));
                        for (var zone : api.post(path + "?fields=id,*service_zones", body)
                                .path("fulfillment_set")
                                .path("service_zones")) if (is(zone, "name", "Caravan's countries")) return id(zone);
                        throw new BadSettings("Medusa made a service zone and does not show it");
                    });
        }

        private String zoneText() {
            return "a service zone that reaches " + String.join(", ", countries());
        }

        private String makeSet(JsonNode location) {
            var body = named("Shipping from " + location.path("name").asText()).put("type", "shipping");
            var path = "/admin/stock-locations/" + id(location) + "/fulfillment-sets?fields=id,*fulfillment_sets";
            for (var set : api.post(path, body).path("stock_location").path("fulfillment_sets"))
                if (is(set, "type", "shipping")) return id(set);
            throw new BadSettings("Medusa made a fulfilment set and does not show it");
        }

        private String profile() {
            var all = list("/admin/shipping-profiles?fields=id,name,type", "shipping_profiles");
            var found = pick(all, settings.shippingProfile(), one -> is(one, "type", "default"));
            var name = name(settings.shippingProfile(), found, "Default Shipping Profile");
            return need(
                    "shipping profile \"" + name + "\"",
                    "make it, or set MEDUSA_SHIPPING_PROFILE",
                    found.map(ShopSetup::id),
                    () -> id(api.post(
                                    "/admin/shipping-profiles",
                                    named(notAnId(name, "sp_")).put("type", "default"))
                            .path("shipping_profile")));
        }

        /** For each currency at least one option; one made here costs nothing until the merchant says what it costs. */
        private void shipping(String zone, String profile) {
            var fitting = zone == null || profile == null
                    ? List.<JsonNode>of()
                    : list(
                                    "/admin/shipping-options?fields=id,name,shipping_profile_id,service_zone_id,*prices,*rules",
                                    "shipping_options")
                            .stream()
                            .filter(one -> is(one, "shipping_profile_id", profile)
                                    && is(one, "service_zone_id", zone)
                                    && !isReturn(one))
                            .toList();
            var priced = fitting.stream()
                    .flatMap(one -> texts(one.path("prices"), "currency_code").stream())
                    .collect(Collectors.toSet());
            var lacking = currencies().stream()
                    .filter(currency -> !priced.contains(currency))
                    .toList();
            need(
                    "a shipping option with prices in " + String.join(", ", currencies()),
                    "make one for the service zone and the shipping profile",
                    lacking.isEmpty() ? fitting.stream().map(ShopSetup::id).findFirst() : Optional.empty(),
                    () -> id(api.post("/admin/shipping-options", option(zone, profile, lacking))
                            .path("shipping_option")));
        }

        private ObjectNode option(String zone, String profile, List<String> currencies) {
            var body = named("Standard shipping")
                    .put("service_zone_id", zone)
                    .put("shipping_profile_id", profile)
                    .put("provider_id", FULFILLMENT)
                    .put("price_type", "flat");
            body.putObject("type")
                    .put("label", "Standard")
                    .put("description", "Sent by the merchant")
                    .put("code", "standard");
            for (var currency : currencies)
                body.withArray("prices")
                        .addObject()
                        .put("currency_code", currency)
                        .put("amount", 0);
            body.withArray("rules").add(rule("enabled_in_store", "true")).add(rule("is_return", "false"));
            return body;
        }

        private void publishableKey(String channel) {
            var keys = list(
                            "/admin/api-keys?type=publishable&fields=id,title,token,revoked_at,*sales_channels",
                            "api_keys")
                    .stream()
                    .filter(one -> one.path("token").asText().startsWith("pk_") && !one.hasNonNull("revoked_at"))
                    .toList();
            var linked = keys.stream()
                    .filter(one -> texts(one.path("sales_channels"), "id").contains(String.valueOf(channel)))
                    .findFirst();
            if (linked.isPresent() || !making) {
                var what = linked.map(
                                one -> "publishable key " + one.path("token").asText())
                        .orElse("publishable key of the sales channel");
                need(
                        what,
                        "make it in the admin, and link it with the sales channel",
                        linked.map(ShopSetup::id),
                        () -> null);
                return;
            }
            var unlinked = keys.stream()
                    .filter(one -> one.path("sales_channels").isEmpty())
                    .findFirst();
            var key = unlinked.orElseGet(() -> api.post(
                            "/admin/api-keys",
                            Json.object().put("title", "Storefront").put("type", "publishable"))
                    .path("api_key"));
            need(
                    "publishable key " + key.path("token").asText(),
                    "",
                    Optional.empty(),
                    () -> id(api.post("/admin/api-keys/" + id(key) + "/sales-channels", add(channel))
                            .path("api_key")));
        }

        private List<JsonNode> list(String path, String name) {
            var list = new ArrayList<JsonNode>();
            api.get(path + "&limit=1000").path(name).forEach(list::add);
            return list;
        }

        private JsonNode first(String path, String name) {
            return list(path, name).stream()
                    .findFirst()
                    .orElseThrow(() -> new BadSettings("Medusa has no store: run its migrations, and start it once"));
        }
    }

    private TreeSet<String> countries() {
        return regions.stream()
                .flatMap(region -> region.countries().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private TreeSet<String> currencies() {
        return regions.stream().map(SalesRegion::currency).collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> reaches(JsonNode zone) {
        return texts(zone.path("geo_zones"), "country_code");
    }

    private static boolean isReturn(JsonNode option) {
        for (var rule : option.path("rules")) {
            if (is(rule, "attribute", "is_return")
                    && rule.path("value").asText().contains("true")) return true;
        }
        return false;
    }

    /** What a setting names, or what is meant when nothing is set: the standard one, or the only one. */
    private static Optional<JsonNode> pick(List<JsonNode> all, String wanted, Predicate<JsonNode> standard) {
        if (!wanted.isBlank())
            return all.stream()
                    .filter(one -> is(one, "id", wanted) || is(one, "name", wanted))
                    .findFirst();
        var fits = all.stream().filter(standard).findFirst();
        return fits.isPresent() || all.size() != 1 ? fits : Optional.of(all.get(0));
    }

    private static JsonNode withId(List<JsonNode> all, String id) {
        return all.stream().filter(one -> is(one, "id", id)).findFirst().orElseThrow();
    }

    private static String name(String wanted, Optional<JsonNode> found, String usual) {
        return found.map(one -> one.path("name").asText()).orElse(wanted.isBlank() ? usual : wanted);
    }

    /** Something is made by its name; an id that is not there is a mistake in the settings. */
    private static String notAnId(String name, String prefix) {
        if (name.startsWith(prefix))
            throw new BadSettings("Medusa has nothing with the id " + name + ": set a name, or an id that is there");
        return name;
    }

    private static ObjectNode named(String name) {
        return Json.object().put("name", name);
    }

    private static ObjectNode add(String id) {
        return Json.object().set("add", texts(List.of(id)));
    }

    private static ObjectNode rule(String attribute, String value) {
        return Json.object().put("attribute", attribute).put("operator", "eq").put("value", value);
    }

    private static String id(JsonNode json) {
        return json.path("id").asText();
    }

    private static boolean is(JsonNode json, String field, String text) {
        return json.path(field).asText().equals(text);
    }

    private static List<String> texts(JsonNode array, String field) {
        var texts = new ArrayList<String>();
        array.forEach(item -> texts.add(item.path(field).asText()));
        return texts;
    }

    private static ArrayNode texts(List<String> texts) {
        var array = Json.array();
        texts.forEach(array::add);
        return array;
    }
}
