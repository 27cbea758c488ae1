package dev.caravan.records.read;

import dev.caravan.records.CoreRule;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.function.Function;

/**
 * Rows of which several belong together, such as the lines of an invoice: those of one group are one record, wherever in the file they
 * stand. Its bytes are theirs with line ends between, its line is the first one's, and indexes count groups in the order in which they
 * begin. Rows wait for their group in a temporary file, so that memory holds no more than where they are.
 *
 * <p>Records of files that are not grouped pass as they are, without waiting.
 */
public final class GroupedRecords implements Records {
    private final Records rows;
    private final Function<String, String> groupBy;
    private final int maxRecordBytes;
    private Queue<Group> groups;
    private FileChannel waiting;
    private SourceRecord first;
    private int column = -1;
    private boolean atStart = true;
    private long index;

    /** Where the rows of a group are: position and length by turns. */
    private static final class Group {
        private final SourceRecord first;
        private long[] parts = new long[8];
        private int used;

        Group(SourceRecord first) {
            this.first = first;
        }

        void add(long position, int length) {
            if (used == parts.length) parts = Arrays.copyOf(parts, 2 * used);
            parts[used++] = position;
            parts[used++] = length;
        }
    }

    /**
     * @param rows           closed with this
     * @param groupBy        tells the column whose value the rows of a record share, of a header row; null when each row is a record. A row in
     *                       which that is blank or unreadable stands alone
     * @param maxRecordBytes a larger group is refused as a whole, and only its beginning kept
     */
    public GroupedRecords(Records rows, Function<String, String> groupBy, int maxRecordBytes) {
        this.rows = rows;
        this.groupBy = groupBy;
        this.maxRecordBytes = maxRecordBytes;
    }

    @Override
    public boolean hasNext() {
        if (atStart) start();
        return first != null || (groups == null ? rows.hasNext() : !groups.isEmpty());
    }

    @Override
    public SourceRecord next() {
        if (!hasNext()) throw new NoSuchElementException("no record " + index);
        if (groups != null) return record(groups.remove());
        var next = first == null ? rows.next() : first;
        first = null;
        return next;
    }

    @Override
    public void skipTo(long target) {
        if (atStart) start();
        if (groups == null) {
            if (first != null && first.index() < target) first = null;
            if (first == null) rows.skipTo(target);
            return;
        }
        for (; index < target && !groups.isEmpty(); index++) groups.remove();
    }

    @Override
    public void close() throws IOException {
        try (rows) {
            if (waiting != null) waiting.close();
        }
    }

    private void start() {
        atStart = false;
        if (!rows.hasNext()) return;
        first = rows.next();
        if (first.format() != SourceRecord.Format.CSV) return;
        column = Csv.cells(first.header()).indexOf(groupBy.apply(first.header()));
        if (column < 0) return;
        try {
            var file = Files.createTempFile("caravan-rows", null);
            waiting = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
            var byName = new LinkedHashMap<String, Group>();
            add(byName, first);
            while (rows.hasNext()) add(byName, rows.next());
            groups = new ArrayDeque<>(byName.values());
            first = null;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep rows in a temporary file", e);
        }
    }

    private void add(Map<String, Group> byName, SourceRecord row) throws IOException {
        var name = group(row);
        // No group's name begins so: a row of its own.
        var group = byName.computeIfAbsent(
                name == null ? "\0" + row.index() : name,
                any -> new Group(new SourceRecord(
                        row.index(), row.line(), new byte[0], row.defect(), row.format(), row.header())));
        group.add(waiting.position(), row.bytes().length);
        for (var bytes = ByteBuffer.wrap(row.bytes()); bytes.hasRemaining(); ) waiting.write(bytes);
    }

    private String group(SourceRecord row) {
        if (row.defect() != null) return null;
        try {
            var cells = Csv.cells(new String(row.bytes(), StandardCharsets.UTF_8));
            return column < cells.size() && !cells.get(column).isBlank() ? cells.get(column) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private SourceRecord record(Group group) {
        var bytes = new ByteArrayOutputStream();
        var defect = group.first.defect();
        try {
            for (int i = 0; i < group.used; i += 2) {
                if (i > 0 && bytes.size() + group.parts[i + 1] >= maxRecordBytes) {
                    defect = CoreRule.RECORD_TOO_LARGE.reason(
                            "rows that belong together are larger than " + maxRecordBytes + " bytes",
                            bytes.toByteArray());
                    break;
                }
                if (i > 0) bytes.write('\n');
                var row = ByteBuffer.allocate((int) group.parts[i + 1]);
                while (row.hasRemaining() && waiting.read(row, group.parts[i] + row.position()) >= 0) {}
                bytes.writeBytes(row.array());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read rows from a temporary file", e);
        }
        return new SourceRecord(
                index++, group.first.line(), bytes.toByteArray(), defect, group.first.format(), group.first.header());
    }
}
