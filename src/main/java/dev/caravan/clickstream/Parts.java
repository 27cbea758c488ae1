package dev.caravan.clickstream;

import dev.caravan.clickstream.Checkpoint.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What checkpoints add to shelves: the clicks, sightings and alerts since the last one, in the order in which they came. Words are
 * written out where a part first has them, so that each part can be read alone.
 */
final class Parts {
    private static final int CLICK = 1;
    private static final int TAKEN = 2;
    private static final int SIGHTING = 3;
    private static final int RAISED = 4;
    private static final int ENDED = 5;
    /** Added, as all that follow: it is about a session, not a user. */
    private static final int ANONYMOUS = 0x10;
    /** Added to {@link #CLICK}. */
    private static final int MOVED = 0x20;
    /** Added to {@link #CLICK}: the cart's value follows. */
    private static final int WITH_CART = 0x40;

    /** What a part tells of. */
    interface Reader {
        void click(boolean anonymous, String id, long time, long attributes, int address, byte[] eventId, double cart);

        void taken(String userId, long time, byte[] eventId);

        void sighting(String sessionId, String userId, long time);

        void raised(boolean anonymous, String id, String rule, long start);

        void ended(boolean anonymous, String id, String rule, long start);
    }

    private final Words types;
    private final Words devices;
    private final Words countries;
    private final Words sources;
    private final Words matches;

    private final Map<Long, Writer[]> hours = new HashMap<>();
    private long latestHour;
    private Writer[] ofLatestHour;

    Parts(Words types, Words devices, Words countries, Words sources, Words matches) {
        this.types = types;
        this.devices = devices;
        this.countries = countries;
        this.sources = sources;
        this.matches = matches;
    }

    void click(VisitorState visitor, long time, long attributes, int address, byte[] eventId, double cartValue) {
        var writer = of(visitor.id, time);
        boolean withCart = !Double.isNaN(cartValue);
        int kind = CLICK
                | (visitor.anonymous ? ANONYMOUS : 0)
                | (Attributes.moved(attributes) ? MOVED : 0)
                | (withCart ? WITH_CART : 0);
        var bytes = writer.begin(kind, visitor.id, time).block(eventId);
        writer.types.write(Attributes.type(attributes));
        writer.devices.write(Attributes.device(attributes));
        writer.countries.write(Attributes.country(attributes));
        writer.sources.write(Attributes.source(attributes));
        int bits = Attributes.matches(attributes);
        bytes.one(Integer.bitCount(bits));
        for (int rest = bits; rest != 0; rest &= rest - 1)
            writer.matches.write(Integer.numberOfTrailingZeros(rest) + 1);
        bytes.hash(address);
        if (withCart) bytes.real(cartValue);
    }

    void taken(VisitorState user, long time, byte[] eventId) {
        of(user.id, time).begin(TAKEN, user.id, time).block(eventId);
    }

    void sighting(String sessionId, String userId, long time) {
        of(sessionId, time).begin(SIGHTING, sessionId, time).text(userId);
    }

    /** @param start which the alert's id was made of */
    void raised(VisitorState visitor, String rule, long start) {
        alert(RAISED, visitor, rule, start);
    }

    /** The alert is no longer about an episode of its own. */
    void ended(VisitorState visitor, String rule, long start) {
        alert(ENDED, visitor, rule, start);
    }

    private void alert(int kind, VisitorState visitor, String rule, long start) {
        of(visitor.id, start)
                .begin(kind | (visitor.anonymous ? ANONYMOUS : 0), visitor.id, start)
                .text(rule);
    }

    /** What there is; afterwards there is nothing. */
    List<Part> drain() {
        var parts = new ArrayList<Part>();
        hours.forEach((hour, writers) -> {
            for (int number = 0; number < Shelf.NUMBERS; number++)
                if (writers[number] != null)
                    parts.add(new Part(new Shelf(hour, number), writers[number].bytes.toArray()));
        });
        hours.clear();
        ofLatestHour = null;
        return parts;
    }

    private Writer of(String id, long time) {
        long hour = Shelf.hour(time);
        if (ofLatestHour == null || hour != latestHour) {
            latestHour = hour;
            ofLatestHour = hours.computeIfAbsent(hour, unseen -> new Writer[Shelf.NUMBERS]);
        }
        int number = Shelf.number(id);
        var writer = ofLatestHour[number];
        if (writer == null) writer = ofLatestHour[number] = new Writer(hour);
        return writer;
    }

    void read(Shelf shelf, byte[] part, Reader to) {
        var bytes = new Bytes.Reader(part);
        var known = new Known(bytes);
        while (bytes.hasMore()) {
            int head = bytes.one();
            var id = bytes.text();
            long time = shelf.hour() * Shelf.HOUR + bytes.number();
            boolean anonymous = (head & ANONYMOUS) != 0;
            switch (head & 0xf) {
                case CLICK -> {
                    var eventId = bytes.block();
                    long attributes = known.attributes() | ((head & MOVED) != 0 ? Attributes.MOVED : 0);
                    int address = bytes.hash();
                    double cartValue = (head & WITH_CART) != 0 ? bytes.real() : Double.NaN;
                    to.click(anonymous, id, time, attributes, address, eventId, cartValue);
                }
                case TAKEN -> to.taken(id, time, bytes.block());
                case SIGHTING -> to.sighting(id, bytes.text(), time);
                case RAISED -> to.raised(anonymous, id, bytes.text(), time);
                case ENDED -> to.ended(anonymous, id, bytes.text(), time);
                default -> throw new IllegalStateException("shelf " + shelf + " has something of kind " + head);
            }
        }
    }

    /** The tracker's sessions in which a part tells that a user was seen. */
    static Set<String> sessionsOf(byte[] part, String user) {
        var sessions = new HashSet<String>();
        renamed(part, Map.of(), Map.of(), (session, seen) -> {
            if (seen.equals(user)) sessions.add(session);
        });
        return sessions;
    }

    /**
     * A part in which users and sessions have other ids, that belong to the same shelves; the hashes of their addresses go. Words are by number, so the
     * rest stays as it is.
     *
     * @param users    ids to others
     * @param sessions ids to others
     * @return null when nobody of them is in it
     */
    static byte[] renamed(byte[] part, Map<String, String> users, Map<String, String> sessions) {
        return renamed(part, users, sessions, (session, user) -> {});
    }

    /** @param sighted gets the session and the user of each sighting */
    private static byte[] renamed(
            byte[] part, Map<String, String> users, Map<String, String> sessions, BiConsumer<String, String> sighted) {
        var from = new Bytes.Reader(part);
        var known = new Parts(
                new Words(Attributes.TYPES),
                new Words(Attributes.DEVICES),
                new Words(Attributes.COUNTRIES),
                new Words(Attributes.SOURCES),
                new Words(Attributes.MATCHES))
        .new Known(from);
        var to = new Bytes();
        boolean changed = false;
        while (from.hasMore()) {
            int head = from.one();
            var visitor = from.text();
            var others = (head & 0xf) == SIGHTING || (head & ANONYMOUS) != 0 ? sessions : users;
            boolean theirs = others.containsKey(visitor);
            changed |= theirs;
            to.one(head).text(others.getOrDefault(visitor, visitor));
            int copied = from.at();
            from.number();
            switch (head & 0xf) {
                case CLICK -> {
                    from.block();
                    known.attributes();
                    to.append(part, copied, from.at() - copied);
                    int address = from.hash();
                    to.hash(theirs ? 0 : address);
                    copied = from.at();
                    if ((head & WITH_CART) != 0) from.real();
                }
                case TAKEN -> from.block();
                case SIGHTING -> {
                    to.append(part, copied, from.at() - copied);
                    var user = from.text();
                    sighted.accept(visitor, user);
                    changed |= users.containsKey(user);
                    to.text(users.getOrDefault(user, user));
                    copied = from.at();
                }
                default -> from.text();
            }
            to.append(part, copied, from.at() - copied);
        }
        return changed ? to.toArray() : null;
    }

    /** Writes one part. */
    private final class Writer {
        private final long hour;
        private final Bytes bytes = new Bytes();
        private final Written types = new Written(bytes, Parts.this.types);
        private final Written devices = new Written(bytes, Parts.this.devices);
        private final Written countries = new Written(bytes, Parts.this.countries);
        private final Written sources = new Written(bytes, Parts.this.sources);
        private final Written matches = new Written(bytes, Parts.this.matches);

        Writer(long hour) {
            this.hour = hour;
        }

        Bytes begin(int kind, String id, long time) {
            return bytes.one(kind).text(id).number(time - hour * Shelf.HOUR);
        }
    }

    /** Words that a part has already: 0 for none, 1 for one that follows, else its number in the part plus 2. */
    private static final class Written {
        private final Bytes bytes;
        private final Words words;
        private int[] numbers = new int[8];
        private int count;

        Written(Bytes bytes, Words words) {
            this.bytes = bytes;
            this.words = words;
        }

        void write(int number) {
            if (number >= numbers.length) numbers = Arrays.copyOf(numbers, number + 1);
            if (number == 0) bytes.one(0);
            else if (numbers[number] > 0) bytes.number(numbers[number] + 1);
            else {
                bytes.one(1).text(words.word(number));
                numbers[number] = ++count;
            }
        }
    }

    /** Words that a part has had so far. */
    private final class Known {
        private final Bytes.Reader bytes;
        private final List<Integer> types = new ArrayList<>();
        private final List<Integer> devices = new ArrayList<>();
        private final List<Integer> countries = new ArrayList<>();
        private final List<Integer> sources = new ArrayList<>();
        private final List<Integer> matches = new ArrayList<>();

        Known(Bytes.Reader bytes) {
            this.bytes = bytes;
        }

        long attributes() {
            int type = read(types, Parts.this.types);
            int device = read(devices, Parts.this.devices);
            int country = read(countries, Parts.this.countries);
            int source = read(sources, Parts.this.sources);
            int bits = 0;
            for (int more = bytes.one(); more > 0; more--) bits |= 1 << (read(matches, Parts.this.matches) - 1);
            return Attributes.of(type, device, country, source, bits);
        }

        private int read(List<Integer> known, Words words) {
            int code = (int) bytes.number();
            if (code == 0) return 0;
            if (code > 1) return known.get(code - 2);
            int number = words.number(bytes.text());
            known.add(number);
            return number;
        }
    }
}
