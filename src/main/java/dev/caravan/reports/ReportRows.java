package dev.caravan.reports;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.caravan.json.Json;
import dev.caravan.records.Values;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.statement.Query;
import org.postgresql.util.PGobject;

/**
 * What a query gives, as a report has it.
 *
 * @param columns names, in order
 * @param rows    each an array with a value a column; amounts are decimal text
 */
public record ReportRows(List<String> columns, List<ArrayNode> rows) {
    /** Asks it. */
    public static ReportRows of(Query query) {
        var columns = new ArrayList<String>();
        var rows = new ArrayList<ArrayNode>();
        query.scanResultSet((supplier, context) -> {
            var row = supplier.get();
            var meta = row.getMetaData();
            for (int i = 1; i <= meta.getColumnCount(); i++) columns.add(meta.getColumnLabel(i));
            while (row.next()) rows.add(row(row, meta));
            return null;
        });
        return new ReportRows(List.copyOf(columns), List.copyOf(rows));
    }

    /** Counts are numbers, amounts text: JSON numbers lose digits on their way. */
    private static ArrayNode row(ResultSet row, ResultSetMetaData meta) throws SQLException {
        var values = Json.array();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            var value = row.getObject(i);
            if (value == null) values.addNull();
            else if (value instanceof Boolean flag) values.add(flag);
            else if (value instanceof BigDecimal amount) values.add(Values.plain(amount));
            else if (value instanceof Number count) values.add(count.longValue());
            else if (value instanceof Timestamp moment) values.add(Values.text(moment.toInstant()));
            else if (value instanceof PGobject json) values.add(Json.read(json.getValue()));
            else values.add(value.toString());
        }
        return values;
    }
}
