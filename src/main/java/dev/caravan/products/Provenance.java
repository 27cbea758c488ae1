package dev.caravan.products;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.schibsted.spt.data.jslt.JsltException;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;
import dev.caravan.failure.BadMessage;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.journey.Journey;
import dev.caravan.journey.Journey.Past;
import dev.caravan.json.Json;
import dev.caravan.ledger.Ledger;
import dev.caravan.ledger.Upload;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Port;
import dev.caravan.products.ProductStore.Row;
import dev.caravan.records.Pages;
import dev.caravan.records.RecordParser;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import dev.caravan.state.Database;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Why a value is what it is: from the shop back to the place in the supplier's file. The mapping that made the product, archived by its
 * hash, is run again on the record, read again from its file; which part of the record made the value is found by changing the record.
 */
final class Provenance {
    private static final Pattern INDEX = Pattern.compile("[0-9]+");
    private static final int MOST_VALUES = 50;

    private final Database database;
    private final ProductStore products;
    private final Ledger ledger;
    private final Journey journey;
    private final Suppliers suppliers;
    private final ReaderLimits limits;
    private final Function<Upload, InputStream> objects;
    private final Port medusa;

    /** @param objects the content of an upload, to be closed */
    Provenance(
            Database database,
            ProductStore products,
            Ledger ledger,
            Journey journey,
            Suppliers suppliers,
            ReaderLimits limits,
            Function<Upload, InputStream> objects,
            Port medusa) {
        this.database = database;
        this.products = products;
        this.ledger = ledger;
        this.journey = journey;
        this.suppliers = suppliers;
        this.limits = limits;
        this.objects = objects;
        this.medusa = medusa;
    }

    /** {@code GET /api/provenance?id=…&field=…}: see {@link #of}. */
    Answer answer(Request request) {
        var id = request.parameter("id");
        var field = request.parameter("field");
        if (id.isEmpty() || field.isEmpty())
            throw new Problem(400, "Invalid parameter", "say which value: ?id=SKU, product id or handle&field=price");
        try {
            return Answer.ok(of(id.get(), field.get()));
        } catch (BadMessage e) {
            throw new Problem(404, "Not found", e.getMessage());
        }
    }

    /**
     * Explains the values of a field.
     *
     * @param text  a supplier's product id, a handle or a SKU; with a SKU only that variant's values
     * @param field a name in the canonical product, such as {@code price}, {@code stock} or {@code name}, or a pointer into it
     * @return an array, a product an item: {@code {supplier, id, shop{…}, pimcore{…}, mapping{…}, record{…}, values[{pointer, value, from, at, line, rule}]}}
     * @throws BadMessage when the record cannot be had any more, with what became of it
     */
    JsonNode of(String text, String field) {
        var found = Json.array();
        for (var row : database.transaction(
                db -> List.copyOf(products.find(db, products.search(db, text)).values()))) {
            if (row.record() != null) found.add(explained(row, text, field));
        }
        return found;
    }

    private ObjectNode explained(Row row, String text, String field) {
        var hops = database.transaction(
                db -> journey.of(db, ProductFlow.NAME, row.key().toString()));
        var normalised = last(hops, "products-normalise", row);
        var upload = database.transaction(db -> ledger.upload(db, row.record().upload()));
        var supplier = supplier(row, normalised);
        var record = record(upload, supplier, row.record().index());
        var json = Json.object()
                .put("supplier", row.key().supplier())
                .put("id", row.key().id());
        json.set("shop", hop(last(hops, "products-medusa", row)));
        json.set("pimcore", hop(last(hops, "products-pimcore", row)));
        var mapped = hop(normalised);
        mapped.put("hash", supplier.mappingHash());
        json.set("mapping", mapped);
        json.putObject("record")
                .put("bucket", upload.bucket())
                .put("key", upload.key())
                .put("version", upload.versionId())
                .put("index", record.index())
                .put("line", record.line())
                .put("sha256", record.sha256());
        values(json, supplier, record, text, field, prices(row));
        return json;
    }

    private void values(
            ObjectNode json, Supplier supplier, SourceRecord record, String text, String field, JsonNode shown) {
        try {
            var source = RecordParser.parse(record, supplier.projection());
            var product = Normaliser.mapped(supplier, source).product();
            var tracer = new Tracer(supplier, source, product);
            var variant = variant(product, text);
            for (var pointer : pointers(product, field)) {
                if (variant.isPresent() && pointer.startsWith("/variants/") && !pointer.startsWith(variant.get()))
                    continue;
                var value = json.withArray("values").addObject().put("pointer", pointer);
                value.set("value", product.at(pointer));
                var from = tracer.pointerOf(pointer);
                value.put("from", from);
                value.set("source", source.at(from));
                value.put("line", record.line() + linesBefore(record, from));
                value.put("rule", rule(supplier, pointer));
                var price = price(product, pointer, shown);
                if (price != null) value.set("shop", price);
            }
        } catch (RecordParser.Unreadable | JsltException e) {
            throw new BadMessage("record " + record.index() + " cannot be mapped again: " + e.getMessage(), e);
        }
    }

    private static ObjectNode hop(Past hop) {
        if (hop == null) return Json.object();
        var json = Json.object().put("at", hop.at().toString()).put("what", hop.what());
        return json.setAll(hop.data());
    }

    /** The last hop in which something happened to the content that counts now; null when there is none. */
    private static Past last(List<Past> hops, String step, Row row) {
        Past found = null;
        for (var hop : hops) {
            if (hop.step().equals(step)
                    && hop.data().path("contentHash").asText().equals(row.contentHash())) found = hop;
        }
        return found;
    }

    /** As it was when it made this product. */
    private Supplier supplier(Row row, Past normalised) {
        var name = row.key().supplier();
        var hash = normalised == null
                ? null
                : normalised.data().path("mappingHash").asText();
        var now = suppliers.find(name).filter(supplier -> supplier.mappingHash().equals(hash));
        return now.or(() -> database.transaction(db -> products.archivedMapping(db, hash))
                        .flatMap(files -> RouteFiles.reading(
                                files, archived -> Suppliers.load(archived).find(name))))
                .orElseThrow(() -> new BadMessage("the mapping that made it is not known: " + hash));
    }

    private SourceRecord record(Upload upload, Supplier supplier, long index) {
        try {
            var object = objects.apply(upload);
            try (var pages = new Pages<>(
                    object,
                    new RecordReader(object, limits),
                    1,
                    index,
                    records -> Page.of(upload, supplier, records))) {
                if (pages.hasNext()) return pages.next().items().get(0).record();
            }
        } catch (SdkException | IOException e) {
            throw new BadMessage(upload.key() + ", version " + upload.versionId() + ", cannot be read any more", e);
        }
        throw new BadMessage(upload.key() + " has no record " + index);
    }

    private static Optional<String> variant(JsonNode product, String sku) {
        var variants = product.path("variants");
        for (int i = 0; i < variants.size(); i++) {
            if (variants.get(i).path("sku").asText().equals(sku)) return Optional.of("/variants/" + i + "/");
        }
        return Optional.empty();
    }

    /** Pointers to all values below a member of that name, {@code prices} for {@code price} included. */
    static List<String> pointers(JsonNode product, String field) {
        var found = new ArrayList<String>();
        if (field.startsWith("/")) collect(product.at(field), field, true, field, found);
        else collect(product, "", false, field, found);
        return found;
    }

    private static void collect(JsonNode node, String pointer, boolean within, String field, List<String> found) {
        if (found.size() >= MOST_VALUES) return;
        if (node.isObject()) {
            node.properties().forEach(member -> {
                var name = member.getKey();
                var asked = name.equals(field) || name.equals(field + "s");
                collect(member.getValue(), pointer + "/" + escaped(name), within || asked, field, found);
            });
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) collect(node.get(i), pointer + "/" + i, within, field, found);
        } else if (within && !node.isMissingNode()) {
            found.add(pointer);
        }
    }

    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    /** Lines between the beginning of a record and a place in it; 0 when that cannot be told, as in a row of CSV. */
    private static long linesBefore(SourceRecord record, String pointer) {
        if (record.format() != SourceRecord.Format.JSON || pointer.isEmpty()) return 0;
        var wanted = JsonPointer.compile(pointer);
        try (JsonParser parser = Json.mapper().createParser(record.bytes())) {
            for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token != JsonToken.FIELD_NAME
                        && parser.getParsingContext().pathAsPointer().equals(wanted))
                    return parser.currentTokenLocation().getLineNr() - 1L;
            }
        } catch (IOException e) {
            return 0;
        }
        return 0;
    }

    /**
     * Where the mapping writes this member, as {@code path:line}: the names on the way to it, each looked for behind the one before. A
     * mapping that is more than a template may write it elsewhere; then the file alone.
     */
    static String rule(Supplier supplier, String pointer) {
        var path = supplier.files().keySet().stream()
                .filter(file -> file.endsWith(".jslt"))
                .findFirst()
                .orElse("");
        var text = new String(supplier.files().getOrDefault(path, new byte[0]), StandardCharsets.UTF_8);
        int at = 0;
        for (var name : pointer.substring(1).split("/")) {
            if (INDEX.matcher(name).matches()) continue;
            var member =
                    Pattern.compile("\"?" + Pattern.quote(name) + "\"?\\s*:").matcher(text);
            if (member.find(at)) at = member.start();
        }
        return at == 0
                ? path
                : path + ":" + (1 + text.substring(0, at).lines().count() - (atLineStart(text, at) ? 0 : 1));
    }

    private static boolean atLineStart(String text, int at) {
        return text.charAt(at - 1) == '\n';
    }

    /** What the shop asks for each variant now; empty when it does not have the product, or does not answer. */
    private JsonNode prices(Row row) {
        if (row.medusaId() == null) return Json.object();
        try {
            var reply = medusa.send(Call.get("/admin/products/" + row.medusaId()
                    + "?fields=id,variants.sku,variants.prices.amount,variants.prices.currency_code"));
            return reply.ok() ? Json.read(reply.body()).path("product") : Json.object();
        } catch (TargetUnavailable e) {
            return Json.object();
        }
    }

    /** The price the shop shows for an amount of the canonical product; null for any other value. */
    private static JsonNode price(JsonNode product, String pointer, JsonNode shown) {
        if (!pointer.matches("/variants/[0-9]+/prices/[0-9]+/amount")) return null;
        var parts = pointer.split("/");
        var sku = product.at("/variants/" + parts[2] + "/sku").asText();
        var currency = product.at("/variants/" + parts[2] + "/prices/" + parts[4] + "/currency")
                .asText();
        for (var variant : shown.path("variants")) {
            if (!variant.path("sku").asText().equals(sku)) continue;
            for (var price : variant.path("prices")) {
                if (price.path("currency_code").asText().equalsIgnoreCase(currency)) return price.path("amount");
            }
        }
        return null;
    }
}
