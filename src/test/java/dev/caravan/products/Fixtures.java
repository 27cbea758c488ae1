package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import dev.caravan.records.Reason;
import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the tests of this package share: the shipped suppliers and small records. */
final class Fixtures {
    static final RouteFiles ROUTES = RouteFiles.at("file:routes");
    static final Suppliers SUPPLIERS = Suppliers.load(ROUTES);
    static final Supplier SHEIN = SUPPLIERS.find("shein").orElseThrow();
    static final Supplier SHEIN_US = SUPPLIERS.find("shein-us").orElseThrow();
    static final Origin ORIGIN = new Origin("inbox", "products/shein/a.json", "1", 0, "0".repeat(64));

    private Fixtures() {}

    /** A small SHEIN response that is accepted without warnings. */
    static ObjectNode shirt() {
        return (ObjectNode)
                Json.read(ROUTES.bytes("products/2-normalise/shein/cases/sizes-from-small-to-large.in.json"));
    }

    static SourceRecord record(String json) {
        return SourceRecord.ofJson(json.getBytes(StandardCharsets.UTF_8));
    }

    static Decision normalise(SourceRecord record) {
        return new Normaliser().normalise(SHEIN, ORIGIN, record);
    }

    static Decision.Accepted accepted(ObjectNode record) {
        return (Decision.Accepted) normalise(SourceRecord.ofJson(Json.bytes(record)));
    }

    static List<Reason> rejected(SourceRecord record) {
        return ((Decision.Rejected) normalise(record)).reasons();
    }

    static List<SourceRecord> records(String path) {
        try {
            return records(Files.readAllBytes(Path.of(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<SourceRecord> records(byte[] file) {
        var records = new ArrayList<SourceRecord>();
        try (var reader = new RecordReader(new ByteArrayInputStream(file), ReaderLimits.DEFAULT)) {
            reader.forEachRemaining(records::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return records;
    }
}
