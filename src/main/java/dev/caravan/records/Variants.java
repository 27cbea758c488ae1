package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.failure.BadSettings;
import dev.caravan.json.Json;
import dev.caravan.routes.RouteFiles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The ways in which one kind of record may be written. One exists when {@code STEP/NAME/KIND.jslt} does; beside it {@code variant.yaml}:
 *
 * <ul>
 *   <li>{@code title}: for people
 *   <li>{@code rank}: variants are asked from the lowest to the highest; 100 unless told
 *   <li>{@code when}: a JSON Schema that a record of this variant satisfies; without it, every record is one
 *   <li>{@code group-by}: CSV column whose value neighbouring rows of one record share; the mapping then gets {@code {"rows":[…]}}
 *   <li>{@code catalogue}: {@code none} when the products it names are in no catalogue of ours
 *   <li>{@code sources}: see {@link Sources}; what it does not name is kept as an extra
 *   <li>{@code ignored}: pointers of what is neither read nor kept, with {@code *} for each index
 *   <li>{@code plain}: true when the mapping does no more than {@code sources} say, so that a flow in a hurry may read such records without it
 * </ul>
 */
public final class Variants {
    private static final List<String> SETTINGS =
            List.of("title", "rank", "when", "group-by", "catalogue", "sources", "ignored", "plain");
    private static final int USUAL_RANK = 100;

    private volatile List<Variant> inOrder = List.of();

    private Variants() {}

    /**
     * Reads all of a kind.
     *
     * @param step   folder below {@code routes/}, with a slash at its end
     * @param kind   what the mapping makes: {@code order} for {@code order.jslt}
     * @param schema path of the schema that says what that is
     * @throws BadSettings when a mapping or setting is wrong: file, line, what and what would be right
     */
    public static Variants load(RouteFiles files, String step, String kind, String schema) {
        var found = new ArrayList<Variant>();
        var ending = "/" + kind + ".jslt";
        for (var path : files.endingWith(ending)) {
            if (!path.startsWith(step)) continue;
            var name = path.substring(step.length(), path.length() - ending.length());
            if (!name.matches("[a-z0-9][a-z0-9-]*"))
                throw new BadSettings(path + ":1: \"" + name
                        + "\" cannot name a variant: use lower-case letters, digits and hyphens, in one folder");
            found.add(variant(files, path, step + name + "/", name, schema));
        }
        found.sort(Comparator.comparingInt(Variant::rank).thenComparing(Variant::name));
        var variants = new Variants();
        variants.inOrder = List.copyOf(found);
        return variants;
    }

    /** Makes these the variants that the others are, from the next question on. */
    public void becomes(Variants others) {
        inOrder = others.inOrder;
    }

    /** In the order in which they are asked. */
    public List<Variant> all() {
        return inOrder;
    }

    /** Whose record this is; empty when it is nobody's. */
    Optional<Variant> of(JsonNode record) {
        for (var variant : inOrder) if (variant.takes(record)) return Optional.of(variant);
        return Optional.empty();
    }

    private static Variant variant(RouteFiles files, String mapping, String folder, String name, String schema) {
        var settings = new MappingSettings(files, folder + "variant.yaml", SETTINGS);
        return new Variant(
                name,
                settings.text("title").orElse(name),
                rank(settings),
                when(settings),
                settings.text("group-by").orElse(null),
                catalogued(settings),
                MappingFolder.of(files, folder, List.of(schema)),
                Mapping.of(files, mapping),
                settings.sources(),
                settings.pointers("ignored"),
                plain(settings));
    }

    private static boolean plain(MappingSettings settings) {
        var stated = settings.value("plain");
        if (!stated.isMissingNode() && !stated.isBoolean())
            throw settings.wrong("plain", "plain is " + stated, "write true, or nothing");
        return stated.asBoolean();
    }

    private static int rank(MappingSettings settings) {
        var stated = settings.value("rank");
        if (stated.isMissingNode()) return USUAL_RANK;
        if (!stated.isInt()) throw settings.wrong("rank", "rank is " + stated, "write a whole number");
        return stated.intValue();
    }

    private static Acceptance when(MappingSettings settings) {
        var stated = settings.value("when");
        if (stated.isMissingNode()) return record -> true;
        if (!stated.isObject() || !Acceptance.Compiler.isExact(stated))
            throw settings.wrong(
                    "when",
                    "when is no condition that can be decided at once",
                    "use required, properties, pattern, type, enum, const, not, anyOf, contains, as in JSON Schema");
        try {
            RuleSchema.of("when", Json.bytes(stated), CoreRule.RECORD_SHAPE);
        } catch (BadSettings e) {
            throw settings.wrong("when", "when is no JSON Schema", e.getMessage());
        }
        return Acceptance.of(stated);
    }

    private static boolean catalogued(MappingSettings settings) {
        var stated = settings.text("catalogue");
        if (stated.isPresent() && !stated.get().equals("none"))
            throw settings.wrong("catalogue", "catalogue is \"" + stated.get() + "\"", "write none, or nothing");
        return stated.isEmpty();
    }
}
