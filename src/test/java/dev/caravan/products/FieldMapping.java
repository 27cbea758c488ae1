package dev.caravan.products;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import dev.caravan.products.pimcore.PimcoreMapping;
import dev.caravan.records.Mapping;
import dev.caravan.records.RecordParser;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.routes.RouteFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Which field becomes which, from the supplier's file to the shop, as the mappings do it: a value of a sample is marked, and where the mark
 * comes out, there it went. What a mapping decides by a value, without passing it on, is not seen.
 */
public final class FieldMapping {
    private static final RouteFiles ROUTES = RouteFiles.at("file:routes");
    private static final String MARK = "7";

    /** So many values of one field are marked, one after the other: the first may be one that is not passed on. */
    private static final int MOST_OF_A_FIELD = 4;

    /** How a field that is written to Pimcore is called in the document that is read from there: a pattern and what replaces it. */
    private static final List<String[]> READ_AS = List.of(
            new String[] {"^/product/input", ""},
            new String[] {"/\\*/input", "/*"},
            new String[] {"/items/[A-Za-z]+/\\*", "/*"},
            new String[] {"/(name|value)(En|Ar)$", "/$1/$2"},
            new String[] {"/optionValues/\\*/optionValue", "/options/*"});

    /** Written and read as one text, with the canonical product's names in it. */
    private static final String AS_ONE_TEXT = "/product/input/siblingProducts";

    private FieldMapping() {}

    /** The table: a row a field of the canonical product that comes from SHEIN's file. */
    public static String table() {
        var sources = new TreeMap<String, Set<String>>();
        var written = new HashMap<String, Set<String>>();
        var pimcore = PimcoreMapping.compile(ROUTES.bytes(PimcoreMapping.FILE), PimcoreMapping.FILE);
        for (var record : records()) {
            flows(record, canonical())
                    .forEach(
                            (from, into) -> into.forEach(field -> sources.computeIfAbsent(field, key -> new TreeSet<>())
                                    .add(from)));
            flows(canonical().apply(record), product -> pimcore.apply((ObjectNode) product))
                    .forEach((field, into) -> written.computeIfAbsent(field, key -> new TreeSet<>())
                            .addAll(into));
        }
        var sold = flows(
                sample("products/4-medusa/cases/dress-with-sizes.in.json"),
                Mapping.of(ROUTES, ShopMapping.FILE)::apply);
        var table = new StringBuilder("| SHEIN | canonical | Pimcore | Medusa |\n|---|---|---|---|\n");
        sources.forEach((field, from) -> {
            var kept = written.getOrDefault(field, Set.of());
            var shown = kept.stream()
                    .flatMap(one -> sold.getOrDefault(one.equals(AS_ONE_TEXT) ? field : readAs(one), Set.of()).stream())
                    .collect(Collectors.toCollection(TreeSet::new));
            table.append("| %s | %s | %s | %s |\n".formatted(cell(from), cell(Set.of(field)), cell(kept), cell(shown)));
        });
        return table.toString();
    }

    /** For each field of the input, the fields of the output in which a mark in it comes out. */
    static Map<String, Set<String>> flows(JsonNode input, UnaryOperator<JsonNode> mapping) {
        var flows = new HashMap<String, Set<String>>();
        var tried = new HashMap<String, Integer>();
        var before = values(mapping.apply(input));
        values(input).forEach((pointer, value) -> {
            var field = field(pointer);
            if (value.isBlank() || tried.merge(field, 1, Integer::sum) > MOST_OF_A_FIELD) return;
            var marked = value + MARK;
            try {
                values(mapping.apply(with(input, pointer, marked))).forEach((place, out) -> {
                    if (!out.equals(before.get(place)) && lower(out).contains(lower(marked)))
                        flows.computeIfAbsent(field, key -> new TreeSet<>()).add(field(place));
                });
            } catch (JsltException | BadMessage e) {
                // A number where none may stand tells nothing.
                tried.merge(field, -1, Integer::sum);
            }
        });
        return flows;
    }

    private static List<JsonNode> records() {
        try {
            var records = new ArrayList<JsonNode>();
            var file = Files.readAllBytes(Path.of("samples/shein_products.json"));
            var reader = new RecordReader(new ByteArrayInputStream(file), ReaderLimits.DEFAULT);
            while (reader.hasNext())
                records.add(RecordParser.parse(reader.next(), supplier().projection()));
            return records;
        } catch (IOException | RecordParser.Unreadable e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode sample(String path) {
        return Json.read(ROUTES.bytes(path));
    }

    private static UnaryOperator<JsonNode> canonical() {
        var supplier = supplier();
        return record -> Normaliser.mapped(supplier, record).product();
    }

    private static Supplier supplier() {
        return Suppliers.load(ROUTES).find("shein").orElseThrow();
    }

    private static JsonNode with(JsonNode input, String pointer, String text) {
        var changed = input.deepCopy();
        int slash = pointer.lastIndexOf('/');
        var owner = changed.at(pointer.substring(0, slash));
        var name = pointer.substring(slash + 1);
        if (owner instanceof ObjectNode object)
            object.set(name.replace("~1", "/").replace("~0", "~"), TextNode.valueOf(text));
        else ((ArrayNode) owner).set(Integer.parseInt(name), TextNode.valueOf(text));
        return changed;
    }

    /** Texts, numbers and truths, by pointer. */
    private static Map<String, String> values(JsonNode node) {
        var values = new TreeMap<String, String>();
        collect(node, "", values);
        return values;
    }

    private static void collect(JsonNode node, String pointer, Map<String, String> values) {
        if (node.isObject())
            node.properties()
                    .forEach(member -> collect(
                            member.getValue(),
                            pointer + "/" + member.getKey().replace("~", "~0").replace("/", "~1"),
                            values));
        else if (node.isArray()) for (int i = 0; i < node.size(); i++) collect(node.get(i), pointer + "/" + i, values);
        else if (!node.isNull()) values.put(pointer, node.asText());
    }

    /** A pointer without what is another one in each product: places in lists, ids and titles of options as keys. */
    private static String field(String pointer) {
        return pointer.replaceAll("/[0-9]+(?=/|$)", "/*").replaceAll("(/(?:options|was))/[^/*]+$", "$1/*");
    }

    private static String readAs(String written) {
        var read = written;
        for (var spelling : READ_AS) read = read.replaceAll(spelling[0], spelling[1]);
        return read.replace("/En", "/en").replace("/Ar", "/ar");
    }

    private static String cell(Set<String> fields) {
        return fields.stream().map(field -> "`" + field.substring(1) + "`").collect(Collectors.joining("<br>"));
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
