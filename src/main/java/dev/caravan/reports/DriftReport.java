package dev.caravan.reports;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.api.Request;
import dev.caravan.state.Database;
import java.time.Clock;
import java.util.List;
import java.util.Set;

/**
 * The report {@code drift}: fields that come and no mapping reads, of orders, customers and clicks. Such a field is kept with its record; whether
 * it is news or another name of something else, only somebody who sees it can say. It has no period and no quality; its version grows with
 * all records counted in it.
 */
public final class DriftReport implements ReportsApi.Desk {
    private static final String NAME = "drift";
    private static final Set<String> PARAMETERS = Set.of("name", "limit");

    private final Database database;
    private final Clock clock;

    public DriftReport(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public List<String> names() {
        return List.of(NAME);
    }

    @Override
    public JsonNode report(Request request) {
        for (var name : request.parameters().keySet())
            if (!PARAMETERS.contains(name))
                throw Asked.wrong("there is no parameter " + name + " here: limit is known");
        int limit = Asked.of(request).limit();
        return database.transaction(db -> {
            db.execute("set transaction isolation level repeatable read, read only");
            var rows = ReportRows.of(
                    db.createQuery(QueryFile.of("/reports/drift.sql")).bind("limit", limit));
            long version = db.createQuery("""
                            select coalesce(sum(records), 0) from (select sum(orders) as records from orders.extra
                              union all select sum(records) from customers.extra union all select sum(clicks) from clicks.extra) extra""").mapTo(Long.class).one();
            return new Report(
                            NAME,
                            clock.instant(),
                            version,
                            null,
                            null,
                            null,
                            null,
                            null,
                            0,
                            rows.columns(),
                            rows.rows())
                    .json();
        });
    }
}
