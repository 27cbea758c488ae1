package dev.caravan.products.medusa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.caravan.failure.BadSettings;
import dev.caravan.routes.RouteFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code routes/products/4-medusa/field-owners.yaml}: who decides about a field of a product in the shop. */
public final class FieldOwners {
    /** Where it lies below {@code routes}. */
    public static final String FILE = "products/4-medusa/field-owners.yaml";

    /** The subtitle is the shop's, all else the PIM's. */
    public static final FieldOwners DEFAULT = new FieldOwners(new EnumMap<>(Map.of(Field.SUBTITLE, Owner.SHOP)));

    private volatile Map<Field, Owner> owners;

    private FieldOwners(Map<Field, Owner> owners) {
        this.owners = owners;
    }

    /** Who decides. */
    public enum Owner {
        /** What somebody changes in the shop is put back. */
        PIM("pim"),
        /** Sent with a new product, never again. */
        SHOP("shop"),
        /** The PIM's, until its value in the shop is not the one we wrote. */
        PIM_UNTIL_SHOP_CHANGES_IT("pim-until-shop-changes-it");

        private final String word;

        Owner(String word) {
            this.word = word;
        }
    }

    /** What can be given away. */
    public enum Field {
        TITLE("product", "title"),
        SUBTITLE("product", "subtitle"),
        DESCRIPTION("product", "description"),
        THUMBNAIL("product", "thumbnail"),
        IMAGES("product", "images"),
        /** Those we made; a merchant's own categories of a product stay whatever stands here. */
        CATEGORIES("product", "categories"),
        VARIANT_TITLE("variant", "title"),
        VARIANT_PRICES("variant", "prices");

        private final String entity;
        private final String word;

        Field(String entity, String word) {
            this.entity = entity;
            this.word = word;
        }

        String word() {
            return word;
        }

        static List<Field> of(String entity) {
            return Stream.of(values())
                    .filter(field -> field.entity.equals(entity))
                    .toList();
        }
    }

    /** @throws BadSettings when the file is missing or wrong: file, line, what, and what would be right */
    public static FieldOwners load(RouteFiles files) {
        if (!files.has(FILE))
            throw new BadSettings(FILE + ":1: missing: it says who decides about a field in the shop");
        return parse(new String(files.bytes(FILE), StandardCharsets.UTF_8));
    }

    /** @throws BadSettings as {@link #load} */
    static FieldOwners parse(String text) {
        JsonNode table;
        try {
            table = new YAMLMapper().readTree(text);
        } catch (IOException e) {
            throw new BadSettings(
                    FILE + ":1: not YAML: " + e.getMessage().lines().findFirst().orElse("")
                            + ": write product: and variant:, and one \"field: owner\" a line below");
        }
        var owners = new EnumMap<Field, Owner>(Field.class);
        owners.putAll(DEFAULT.owners);
        table.properties().forEach(entity -> {
            var fields = Field.of(entity.getKey());
            if (fields.isEmpty())
                throw wrong(
                        text, entity.getKey(), "there is no \"" + entity.getKey() + "\"", "known are product, variant");
            entity.getValue().properties().forEach(line -> {
                var field = fields.stream()
                        .filter(one -> one.word.equals(line.getKey()))
                        .findFirst();
                owners.put(
                        field.orElseThrow(() -> wrong(
                                text,
                                line.getKey(),
                                "the owner of \"" + line.getKey() + "\" of a " + entity.getKey() + " cannot be chosen",
                                "choose for " + fields.stream().map(Field::word).collect(Collectors.joining(", ")))),
                        owner(text, line.getKey(), line.getValue().asText()));
            });
        });
        return new FieldOwners(owners);
    }

    /** Decides like the other from the next product on. */
    public void becomes(FieldOwners other) {
        owners = other.owners;
    }

    Owner of(Field field) {
        return owners.getOrDefault(field, Owner.PIM);
    }

    private static Owner owner(String text, String field, String word) {
        return Stream.of(Owner.values())
                .filter(owner -> owner.word.equals(word))
                .findFirst()
                .orElseThrow(() -> wrong(
                        text,
                        field,
                        "nobody is called \"" + word + "\"",
                        "write "
                                + Stream.of(Owner.values())
                                        .map(owner -> owner.word)
                                        .collect(Collectors.joining(", "))));
    }

    private static BadSettings wrong(String text, String key, String what, String advice) {
        var lines = text.lines().toList();
        int line = 1;
        for (int i = 0; i < lines.size(); i++) if (lines.get(i).strip().startsWith(key + ":")) line = i + 1;
        return new BadSettings(FILE + ":" + line + ": " + what + ": " + advice);
    }
}
