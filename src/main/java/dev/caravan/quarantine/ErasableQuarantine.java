package dev.caravan.quarantine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.erasure.Erasable;
import dev.caravan.erasure.ErasedPeople;
import dev.caravan.erasure.IdSearch;
import dev.caravan.erasure.Person;
import dev.caravan.erasure.Redaction;
import dev.caravan.json.Json;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.records.read.SourceRecord.Format;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Records in quarantine stay there without the person, and so do the reasons. */
public final class ErasableQuarantine implements Erasable {
    private static final int FETCHED = 500;

    private final Redaction redaction;

    public ErasableQuarantine(Redaction redaction) {
        this.redaction = redaction;
    }

    @Override
    public String store() {
        return "quarantine";
    }

    private record Row(UUID id, SourceRecord record, JsonNode reasons) {}

    @Override
    public Erased erase(Handle db, Person person) {
        var mayBeTheirs = new IdSearch(person.ids())
                .keys(db.createQuery("select id, raw, cast(reasons as text) from quarantine.record"), UUID.class);
        var rows = db.createQuery("""
                select id, index, line, raw, format, header, reasons from quarantine.record where id = any(:ids) for update""")
                .bindArray("ids", UUID.class, mayBeTheirs)
                .map((row, context) -> new Row(
                        row.getObject(1, UUID.class),
                        new SourceRecord(
                                row.getLong(2),
                                row.getLong(3),
                                row.getBytes(4),
                                null,
                                format(row.getString(5)),
                                row.getString(6)),
                        Json.read(row.getString(7))))
                .list();
        long changed = 0;
        for (var row : rows) if (redact(db, row, person)) changed++;
        return Erased.of(
                changed == 0 ? Map.of() : Map.of("records", changed),
                "records and reasons stay without the person; what cannot be read goes");
    }

    /** A whole upload is kept as its announcement, which is JSON. */
    private static Format format(String name) {
        return name.equals(Format.CSV.name()) ? Format.CSV : Format.JSON;
    }

    private boolean redact(Handle db, Row row, Person person) {
        var raw = redaction.of(row.record(), person.allIn(row.record().bytes())).bytes();
        var reasons = row.reasons().deepCopy();
        boolean theirs = !Arrays.equals(raw, row.record().bytes());
        for (var reason : reasons)
            if (reason instanceof ObjectNode object) for (var one : person.all()) redaction.redact(object, theirs, one);
        if (!theirs && reasons.equals(row.reasons())) return false;
        db.createUpdate("update quarantine.record set raw = :raw, reasons = cast(:reasons as jsonb) where id = :id")
                .bind("raw", raw)
                .bind("reasons", reasons.toString())
                .bind("id", row.id())
                .execute();
        return true;
    }

    @Override
    public Set<Person> returned(Handle db, ErasedPeople erased) {
        var returned = new HashSet<Person>();
        db.createQuery("select raw from quarantine.record")
                .setFetchSize(FETCHED)
                .mapTo(byte[].class)
                .forEach(raw -> returned.addAll(erased.in(raw)));
        return returned;
    }
}
