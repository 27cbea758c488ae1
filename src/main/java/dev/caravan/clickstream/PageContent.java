package dev.caravan.clickstream;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.ObjIntConsumer;
import java.util.function.UnaryOperator;

/**
 * What a page of the log has for each partition. As bytes: a table of the texts in it, then partition by partition what it has, so that only
 * those that are wanted are read.
 */
final class PageContent {
    /** Of the bytes, so that later forms can be told from it. */
    private static final int FORM = 1;

    /** By partition; null for those of which there is nothing. */
    private Part[] byPartition = {};

    private static final class Part {
        private final int partition;
        private int[] indexes = new int[16];
        private final List<Click> clicks = new ArrayList<>();
        private final List<Sighting> sightings = new ArrayList<>();
        private final List<Move> moves = new ArrayList<>();

        Part(int partition) {
            this.partition = partition;
        }

        void add(int index, Click click) {
            int size = clicks.size();
            if (size == indexes.length) indexes = Arrays.copyOf(indexes, 2 * size);
            indexes[size] = index;
            clicks.add(click);
        }
    }

    private PageContent() {}

    /** What partitions get of the clicks of a page. */
    static PageContent of(ClickPage page, Partitioning partitioning) {
        var content = new PageContent();
        for (int i = 0; i < page.clicks().size(); i++) {
            var click = page.clicks().get(i);
            content.part(partitioning.of(click)).add(page.indexes()[i], click);
            if (click.userId() == null || click.sessionId() == null) continue;
            var sighting = Sighting.of(click);
            content.part(partitioning.of(sighting)).sightings.add(sighting);
        }
        return content;
    }

    /** What partitions tell each other. */
    static PageContent of(Collection<Move> moves, Partitioning partitioning) {
        var content = new PageContent();
        for (var move : moves) content.part(partitioning.of(move)).moves.add(move);
        return content;
    }

    private Part part(int partition) {
        if (partition >= byPartition.length) byPartition = Arrays.copyOf(byPartition, partition + 1);
        if (byPartition[partition] == null) byPartition[partition] = new Part(partition);
        return byPartition[partition];
    }

    /** Of which there is something, in order. */
    private List<Part> parts() {
        return Arrays.stream(byPartition).filter(Objects::nonNull).toList();
    }

    /**
     * Makes something else of what it has: of the same partitions as it was.
     *
     * @param click    what becomes of a click
     * @param sighting what becomes of a sighting
     * @param move     what becomes of a move
     * @return whether anything is another
     */
    boolean replace(UnaryOperator<Click> click, UnaryOperator<Sighting> sighting, UnaryOperator<Move> move) {
        boolean changed = false;
        for (var part : parts()) {
            changed |= replace(part.clicks, click);
            changed |= replace(part.sightings, sighting);
            changed |= replace(part.moves, move);
        }
        return changed;
    }

    private static <T> boolean replace(List<T> list, UnaryOperator<T> other) {
        var before = List.copyOf(list);
        list.replaceAll(other);
        return !list.equals(before);
    }

    /** The tracker's sessions in which a user was seen. */
    Set<String> sessionsOf(String user) {
        var sessions = new HashSet<String>();
        for (var part : parts()) {
            for (var click : part.clicks) if (user.equals(click.userId())) sessions.add(click.sessionId());
            for (var sighting : part.sightings) if (sighting.userId().equals(user)) sessions.add(sighting.sessionId());
            for (var move : part.moves) if (move.userId().equals(user)) sessions.add(move.sessionId());
        }
        sessions.remove(null);
        return sessions;
    }

    /** Who is known of in it. */
    Set<String> users() {
        var users = new HashSet<String>();
        for (var part : parts()) {
            part.clicks.forEach(click -> users.add(click.userId()));
            part.sightings.forEach(sighting -> users.add(sighting.userId()));
            part.moves.forEach(move -> users.add(move.userId()));
        }
        users.remove(null);
        return users;
    }

    /** What it has for a partition; null for nothing. */
    Slice slice(int partition, long position, String source, long watermark) {
        var part = partition < byPartition.length ? byPartition[partition] : null;
        return part == null
                ? null
                : new Slice(
                        position,
                        source,
                        watermark,
                        Arrays.copyOf(part.indexes, part.clicks.size()),
                        part.clicks,
                        part.sightings,
                        part.moves);
    }

    /** Tells of all clicks, partition by partition, with their numbers in the page. */
    void each(ObjIntConsumer<Click> to) {
        for (var part : parts())
            for (int i = 0; i < part.clicks.size(); i++) to.accept(part.clicks.get(i), part.indexes[i]);
    }

    /** For {@link #read}. */
    byte[] bytes() {
        var texts = new PageTexts();
        var body = new Bytes();
        var parts = parts();
        body.number(parts.size());
        for (var part : parts) {
            var bytes = new Bytes();
            write(part, bytes, texts);
            body.number(part.partition);
            body.block(bytes);
        }
        var all = new Bytes();
        all.number(FORM);
        texts.write(all);
        all.append(body);
        return all.toArray();
    }

    /**
     * What {@link #bytes} has written.
     *
     * @param wanted partitions; what the others have is passed over
     */
    static PageContent read(byte[] bytes, IntPredicate wanted) {
        var content = new PageContent();
        if (bytes.length == 0) return content;
        var from = new Bytes.Reader(bytes);
        long form = from.number();
        if (form != FORM) throw new IllegalStateException("a page of the log in form " + form + ", which is not known");
        var texts = PageTexts.read(from);
        for (long left = from.number(); left > 0; left--) {
            int partition = (int) from.number();
            int length = (int) from.number();
            if (wanted.test(partition)) read(from, texts, content.part(partition));
            else from.skip(length);
        }
        return content;
    }

    private static void write(Part part, Bytes to, PageTexts texts) {
        to.number(part.clicks.size());
        int index = 0;
        long time = 0;
        for (int i = 0; i < part.clicks.size(); i++) {
            var click = part.clicks.get(i);
            to.number(part.indexes[i] - index);
            index = part.indexes[i];
            to.signed(click.time() - time);
            time = click.time();
            // Seldom the same twice: not worth a place in the table.
            to.text(click.eventId());
            for (var text : new String[] {
                click.userId(),
                click.sessionId(),
                click.type(),
                click.page(),
                click.referrer(),
                click.userAgent(),
                click.ipAddress(),
                click.device(),
                click.country(),
                click.productId(),
                click.category(),
                click.extras()
            }) to.number(texts.number(text));
            to.decimals(click.quantity(), click.price(), click.cartValue());
        }
        to.number(part.sightings.size());
        for (var sighting : part.sightings) {
            to.number(texts.number(sighting.sessionId()));
            to.number(texts.number(sighting.userId()));
            to.signed(sighting.time() - time);
            time = sighting.time();
        }
        to.number(part.moves.size());
        for (var move : part.moves) {
            to.number(move.given() ? 1 : 0);
            to.number(texts.number(move.userId()));
            to.number(texts.number(move.sessionId()));
            write(move.click(), to, texts);
        }
    }

    private static void write(Footprint click, Bytes to, PageTexts texts) {
        to.signed(click.time());
        for (var text : new String[] {click.eventId(), click.source(), click.type(), click.device(), click.country()})
            to.number(texts.number(text));
        to.signed(click.address());
        to.decimals(click.cartValue());
        to.number(click.matches().size());
        click.matches().forEach(match -> to.number(texts.number(match)));
    }

    private static void read(Bytes.Reader from, PageTexts texts, Part part) {
        int index = 0;
        long time = 0;
        for (long left = from.number(); left > 0; left--) {
            index += (int) from.number();
            time += from.signed();
            var eventId = from.text();
            var userId = texts.next(from);
            var sessionId = texts.next(from);
            var type = texts.next(from);
            var page = texts.next(from);
            var referrer = texts.next(from);
            var userAgent = texts.next(from);
            var ipAddress = texts.next(from);
            var device = texts.next(from);
            var country = texts.next(from);
            var productId = texts.next(from);
            var category = texts.next(from);
            var extras = texts.next(from);
            var decimals = from.decimals(3);
            part.add(
                    index,
                    new Click(
                            eventId,
                            userId,
                            sessionId,
                            time,
                            type,
                            page,
                            referrer,
                            userAgent,
                            ipAddress,
                            device,
                            country,
                            productId,
                            category,
                            decimals[0],
                            decimals[1],
                            decimals[2],
                            extras));
        }
        for (long left = from.number(); left > 0; left--) {
            var sessionId = texts.next(from);
            var userId = texts.next(from);
            time += from.signed();
            part.sightings.add(new Sighting(sessionId, userId, time));
        }
        for (long left = from.number(); left > 0; left--) {
            boolean given = from.number() == 1;
            var userId = texts.next(from);
            var sessionId = texts.next(from);
            part.moves.add(new Move(given, userId, sessionId, footprint(from, texts)));
        }
    }

    private static Footprint footprint(Bytes.Reader from, PageTexts texts) {
        long time = from.signed();
        var eventId = texts.next(from);
        var source = texts.next(from);
        var type = texts.next(from);
        var device = texts.next(from);
        var country = texts.next(from);
        int address = (int) from.signed();
        var cartValue = from.decimals(1)[0];
        var matches = new ArrayList<String>();
        for (long left = from.number(); left > 0; left--) matches.add(texts.next(from));
        return new Footprint(eventId, time, source, type, device, country, address, cartValue, matches);
    }
}
