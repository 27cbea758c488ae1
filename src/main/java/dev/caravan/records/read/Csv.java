package dev.caravan.records.read;

import java.util.ArrayList;
import java.util.List;

/** Cells of one CSV row (RFC 4180). */
public final class Csv {
    private Csv() {}

    /**
     * The cells of a row, without quotes; at least one.
     *
     * @param row the row's text, without the line end behind it
     * @throws IllegalArgumentException when a quoted cell is not closed, or has text behind its closing quote; the message says which
     */
    public static List<String> cells(String row) {
        var cells = new ArrayList<String>();
        int pos = 0;
        while (true) {
            if (pos < row.length() && row.charAt(pos) == '"') {
                var cell = new StringBuilder();
                pos = quoted(row, pos + 1, cell, cells.size() + 1);
                cells.add(cell.toString());
            } else {
                int comma = row.indexOf(',', pos);
                int end = comma < 0 ? row.length() : comma;
                cells.add(row.substring(pos, end));
                pos = end;
            }
            if (pos == row.length()) return cells;
            pos++;
        }
    }

    /** A text as a cell: in quotes when it needs them. */
    public static String cell(String text) {
        return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + text.replace("\"", "\"\"") + '"'
                : text;
    }

    /** Reads a quoted cell from behind its opening quote; returns the position behind its closing quote. */
    private static int quoted(String row, int from, StringBuilder cell, int number) {
        int pos = from;
        while (true) {
            int quote = row.indexOf('"', pos);
            if (quote < 0) throw new IllegalArgumentException("cell " + number + " has no closing quote");
            cell.append(row, pos, quote);
            pos = quote + 1;
            if (pos < row.length() && row.charAt(pos) == '"') {
                cell.append('"');
                pos++;
            } else if (pos == row.length() || row.charAt(pos) == ',') {
                return pos;
            } else {
                throw new IllegalArgumentException("cell " + number + " has text behind its closing quote");
            }
        }
    }
}
