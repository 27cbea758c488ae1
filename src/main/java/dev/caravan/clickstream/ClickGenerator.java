package dev.caravan.clickstream;

import dev.caravan.records.CoreRule;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Writes clicks as JSON Lines, of any number, for tests: the same bytes for the same options. Visitors come all day long; most are logged in,
 * some log in on the way, some never do. On request it plants visitors whose clicks lie just on one side of a rule.
 */
public final class ClickGenerator {
    /** Visitors at the edge of a rule. What they are expected to be goes by the rules and settings that are shipped. */
    public enum Edge {
        /** Two clicks exactly the session gap apart. */
        GAP_EXACT,
        /** Two clicks one millisecond more than the gap apart. */
        GAP_EXCEEDED,
        /** A click that comes last and lies between two sessions. */
        BRIDGED,
        /** A click that comes last and lies before its session. */
        EXTENDED,
        /** An anonymous click joins two sessions of a user, until another user turns out to have been there first. */
        SPLIT,
        /** Anonymous clicks, and then a login in the same session. */
        STITCHED,
        /** Anonymous clicks, and nobody logs in within the time for it. */
        NOT_STITCHED,
        /** A click that comes twice. */
        DUPLICATE,
        /** As many clicks in a minute as are allowed. */
        RATE_REACHED,
        /** One click more than is allowed, from one minute of the clock into the next. */
        RATE_EXCEEDED,
        /** One click more than is allowed, the last exactly a window after the first. */
        RATE_JUST_KEPT,
        QUANTITY_REACHED,
        QUANTITY_EXCEEDED,
        CART_REACHED,
        CART_EXCEEDED,
        BOT,
        MANY_ADDRESSES,
        MANY_COUNTRIES,
        PAYMENTS_FAILED
    }

    /** What can be wrong with a click, and the rule that finds it. */
    public enum Defect {
        MALFORMED(CoreRule.RECORD_MALFORMED.id()),
        NOT_AN_OBJECT(CoreRule.RECORD_SHAPE.id()),
        KEY_TWICE(CoreRule.RECORD_DUPLICATE_KEY.id()),
        NO_ID("event-id-missing"),
        UNUSABLE_ID("event-id-unusable"),
        NO_VISITOR("visitor-missing"),
        NO_TIMESTAMP("timestamp-missing"),
        UNREADABLE_TIMESTAMP("timestamp-unreadable"),
        FUTURE_TIMESTAMP("timestamp-future"),
        NO_TYPE("event-type-missing"),
        UNKNOWN_TYPE("event-type-unknown"),
        UNREADABLE_COUNTRY("field-unreadable");

        private final String rule;

        Defect(String rule) {
            this.rule = rule;
        }

        /** The id of the rule that refuses such a click. */
        public String rule() {
            return rule;
        }
    }

    /** A defective line, from 0. */
    public record Spoilt(long index, Defect defect) {}

    /**
     * A visitor planted in the written file.
     *
     * @param user     whose sessions are expected to be so many; null for none
     * @param session  of the tracker; null for none
     * @param events   lines that it takes
     * @param sessions of the user, or of the session when there is no user
     * @param rule     of the one alert it raises; null for none
     */
    public record Planted(Edge edge, String user, String session, int events, int sessions, String rule) {}

    /**
     * What to write.
     *
     * @param count     how many lines
     * @param seed      another seed, other clicks
     * @param start     when the first visitor comes
     * @param perMinute how many clicks a minute of event time, at least one
     * @param shuffle   how much later than it happened a click may come
     * @param edges     which visitors to plant, one for about every thousand lines
     * @param defectRate how many of the other lines are defective, from 0 to 1
     * @param defects   of which kinds
     */
    public record Options(
            long count,
            long seed,
            Instant start,
            int perMinute,
            Duration shuffle,
            Set<Edge> edges,
            double defectRate,
            Set<Defect> defects) {
        public Options {
            edges = Set.copyOf(edges);
            defects = Set.copyOf(defects);
            if (!(defectRate >= 0 && defectRate <= 1))
                throw new IllegalArgumentException("defect rate is not between 0 and 1: " + defectRate);
            if (count < 0) throw new IllegalArgumentException("count is below zero: " + count);
            if (perMinute < 1) throw new IllegalArgumentException("clicks a minute are below one: " + perMinute);
            if (shuffle.isNegative()) throw new IllegalArgumentException("shuffle is below zero: " + shuffle);
        }

        /** Clicks of a day in May, 10,000 a minute, in the order in which they happened, and no planted ones. */
        public static Options of(long count, long seed) {
            return new Options(
                    count, seed, Instant.parse("2025-05-01T00:00:00Z"), 10_000, Duration.ZERO, Set.of(), 0, Set.of());
        }

        public Options withStart(Instant first) {
            return new Options(count, seed, first, perMinute, shuffle, edges, defectRate, defects);
        }

        public Options withPerMinute(int clicks) {
            return new Options(count, seed, start, clicks, shuffle, edges, defectRate, defects);
        }

        public Options withShuffle(Duration most) {
            return new Options(count, seed, start, perMinute, most, edges, defectRate, defects);
        }

        public Options withEdges(Set<Edge> kinds) {
            return new Options(count, seed, start, perMinute, shuffle, kinds, defectRate, defects);
        }

        public Options withDefects(double rate, Set<Defect> kinds) {
            return new Options(count, seed, start, perMinute, shuffle, edges, rate, kinds);
        }
    }

    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long GAP = 30 * MINUTE;
    private static final long STITCH = 120 * MINUTE;
    private static final int RATE_LIMIT = 100;
    private static final int LINES_A_PLANT = 1_000;

    private static final int CLICKS_A_VISIT = 10;
    private static final int USERS_A_CLICK_A_MINUTE = 20;
    /** Of so many visits one is from elsewhere, by another device. */
    private static final int VISITS_A_TRIP = 10;

    private static final String[] COUNTRIES = {"US", "US", "US", "CA", "GB", "DE", "DE", "FR", "SA", "IN"};
    private static final String[] CATEGORIES = {"electronics", "home", "fashion", "sports", "books"};
    private static final String[] REFERRERS = {"google.com", "facebook.com", "instagram.com", "newsletter"};
    private static final String[][] BROWSERS = {
        {"desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"},
        {"desktop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"},
        {"mobile", "Mozilla/5.0 (iPhone; CPU iPhone OS 14_0 like Mac OS X)"},
        {"mobile", "Mozilla/5.0 (Linux; Android 13; Pixel 7)"},
        {"tablet", "Mozilla/5.0 (iPad; CPU OS 16_1 like Mac OS X)"}
    };

    private final Options options;
    private final List<Edge> edges;
    private final List<Defect> defects;

    public ClickGenerator(Options options) {
        this.options = options;
        this.edges = options.edges().stream().sorted().toList();
        this.defects = options.defects().stream().sorted().toList();
    }

    /** Writes the file; the stream is flushed and left open. */
    public void write(OutputStream out) throws IOException {
        write(out, planted -> {}, spoilt -> {});
    }

    /** As {@link #write(OutputStream)}, telling which visitors it plants and which lines it spoils, those in the file's order. */
    public void write(OutputStream out, Consumer<Planted> planted, Consumer<Spoilt> spoilt) throws IOException {
        new Run(out, planted, spoilt).write();
    }

    /** A visit that goes on. */
    private static final class Visit implements Comparable<Visit> {
        private final SplittableRandom random;
        private final String session;
        private final String knownAs;
        private final String[] browser;
        private final String country;
        private final String address;
        private final int product;
        /** Clicks before the login; all of them when there is none. */
        private final int anonymous;

        private long time;
        private int left;
        private int done;
        private long cart;

        Visit(long number, long time, int users, SplittableRandom random) {
            this.random = random;
            this.time = time;
            this.session = "ses_" + number;
            // Some come often, most seldom.
            int user = (int) (users * random.nextDouble() * random.nextDouble());
            this.knownAs = "usr_" + user;
            var place = random.nextInt(VISITS_A_TRIP) == 0 ? random : new SplittableRandom(user);
            this.browser = BROWSERS[place.nextInt(BROWSERS.length)];
            this.country = COUNTRIES[place.nextInt(COUNTRIES.length)];
            this.address = "10." + place.nextInt(256) + "." + place.nextInt(256) + "." + place.nextInt(256);
            this.product = random.nextInt(5_000);
            this.left = 1 + random.nextInt(2 * CLICKS_A_VISIT - 1);
            int login = random.nextInt(10);
            this.anonymous = login < 7 ? 0 : login < 8 ? random.nextInt(left) : left;
        }

        private Line next() {
            var line = new Line(time);
            line.user = done < anonymous ? null : knownAs;
            line.session = session;
            line.browser = browser;
            line.country = country;
            line.address = address;
            int shown = product + random.nextInt(3);
            int kind = random.nextInt(20);
            if (kind < 13 || done == 0) {
                line.product = shown;
                line.type = "page_view";
                if (done == 0 && random.nextInt(3) == 0) line.referrer = REFERRERS[random.nextInt(REFERRERS.length)];
            } else if (kind < 16) {
                line.type = "search";
            } else if (kind < 19 || cart == 0) {
                line.type = "add_to_cart";
                line.product = shown;
                line.quantity = 1 + random.nextInt(3);
                cart += line.quantity * priceOf(shown);
                line.cart = cart;
            } else {
                line.type = random.nextInt(20) == 0 ? "payment_failed" : "purchase";
                line.cart = cart;
                if (line.type.equals("purchase")) cart = 0;
            }
            done++;
            left--;
            time += pause();
            return line;
        }

        /** Mostly half a minute or so; now and then somebody comes back after minutes, or in another session. */
        private long pause() {
            int kind = random.nextInt(100);
            if (kind < 90) return 200 + random.nextLong(60 * SECOND);
            if (kind < 98) return random.nextLong(12 * MINUTE);
            return random.nextLong(45 * MINUTE);
        }

        @Override
        public int compareTo(Visit other) {
            return Long.compare(time, other.time);
        }
    }

    private static long priceOf(int product) {
        // In cents, from 4.99 to 501.99.
        return 499 + 100L * (product * 7919L % 498);
    }

    /** A click to be written; what is null or 0 is not told, except the user. */
    private static final class Line {
        private final long time;
        private String type = "page_view";
        private String user;
        private String session;
        private String[] browser = BROWSERS[0];
        private String country = "US";
        private String address = "192.0.2.1";
        private String referrer;
        private int product;
        private int quantity;
        /** In cents. */
        private long cart;

        Line(long time) {
            this.time = time;
        }
    }

    /** Text that comes at a time; defect is null when there is none. */
    private record Pending(long arrival, long number, String text, Defect defect) implements Comparable<Pending> {
        @Override
        public int compareTo(Pending other) {
            int byTime = Long.compare(arrival, other.arrival);
            return byTime == 0 ? Long.compare(number, other.number) : byTime;
        }
    }

    /** Writes one file. */
    private final class Run {
        private final OutputStream out;
        private final Consumer<Planted> manifest;
        private final Consumer<Spoilt> spoilt;
        private final SplittableRandom random = new SplittableRandom(options.seed() * 0x9e3779b97f4a7c15L);
        private final PriorityQueue<Visit> visits = new PriorityQueue<>();
        private final PriorityQueue<Pending> pending = new PriorityQueue<>();
        private long left = options.count();
        private long events;
        private long lines;
        private long written;
        private long visitors;
        private long plants;

        Run(OutputStream out, Consumer<Planted> manifest, Consumer<Spoilt> spoilt) {
            this.out = out;
            this.manifest = manifest;
            this.spoilt = spoilt;
        }

        private void write() throws IOException {
            long start = options.start().toEpochMilli();
            double pause = (double) MINUTE * CLICKS_A_VISIT / options.perMinute();
            double nextVisit = start;
            int users = (int) Math.min(Integer.MAX_VALUE, (long) options.perMinute() * USERS_A_CLICK_A_MINUTE);
            while (left > 0) {
                if (visits.isEmpty() || visits.peek().time >= nextVisit) {
                    visits.add(new Visit(++visitors, (long) nextVisit, users, random.split()));
                    nextVisit += 2 * pause * random.nextDouble();
                }
                var visit = visits.poll();
                long now = visit.time;
                come(visit.next(), now + delay(), defect());
                if (visit.left > 0) visits.add(visit);
                if (!edges.isEmpty() && (options.count() - left) / LINES_A_PLANT >= plants) plant(now);
                flush(now);
            }
            flush(Long.MAX_VALUE);
            out.flush();
        }

        private long delay() {
            long most = options.shuffle().toMillis();
            return most == 0 ? 0 : random.nextLong(most);
        }

        /** Null for none. */
        private Defect defect() {
            if (defects.isEmpty() || random.nextDouble() >= options.defectRate()) return null;
            return defects.get(random.nextInt(defects.size()));
        }

        private void flush(long now) throws IOException {
            while (!pending.isEmpty() && pending.peek().arrival <= now) {
                var next = pending.poll();
                out.write(next.text.getBytes(StandardCharsets.UTF_8));
                out.write('\n');
                if (next.defect != null) spoilt.accept(new Spoilt(written, next.defect));
                written++;
            }
        }

        private void come(Line line, long arrival, Defect defect) {
            var text = json(line, events++);
            pending.add(new Pending(arrival, lines++, defect == null ? text : spoil(text, defect), defect));
            left--;
        }

        private void plant(long now) {
            var edge = edges.get((int) (plants % edges.size()));
            var name = options.seed() + "_" + plants++;
            // To the minute: a few edges are at its border.
            var plant = new Plant((now / MINUTE + 1) * MINUTE, "usr_edge_" + name, "ses_edge_" + name);
            var planted = plant.of(edge);
            if (plant.size() > left) return;
            plant.lines.forEach(one -> come(one.line, one.arrival, null));
            if (edge == Edge.DUPLICATE) {
                pending.add(new Pending(plant.last().arrival + 1, lines++, json(plant.last().line, events - 1), null));
                left--;
            }
            manifest.accept(planted);
        }

        private String json(Line line, long number) {
            var json = new StringBuilder(400)
                    .append("{\"event_id\":\"evt_")
                    .append(options.seed())
                    .append('_')
                    .append(number)
                    .append("\",\"user_id\":");
            if (line.user == null) json.append("null");
            else json.append('"').append(line.user).append('"');
            if (line.session != null) member(json, "session_id", line.session);
            member(json, "timestamp", Instant.ofEpochMilli(line.time).toString());
            member(json, "event_type", line.type);
            member(json, "page_url", page(line));
            member(json, "user_agent", line.browser[1]);
            member(json, "ip_address", line.address);
            if (line.referrer != null) member(json, "referrer", line.referrer);
            member(json, "device_type", line.browser[0]);
            member(json, "country", line.country);
            json.append(",\"properties\":{");
            properties(json, line, number);
            return json.append("}}").toString();
        }

        private static String spoil(String json, Defect defect) {
            return switch (defect) {
                case MALFORMED -> json.replaceFirst(":", " ");
                case NOT_AN_OBJECT -> "[" + json + "]";
                case KEY_TWICE -> json.replaceFirst("}$", ",\"event_id\":\"again\"}");
                case NO_ID -> without(json, "event_id");
                case UNUSABLE_ID -> json.replaceFirst("\"event_id\":(\"[^\"]*\")", "\"event_id\":[$1]");
                case NO_VISITOR -> without(without(json, "user_id"), "session_id");
                case NO_TIMESTAMP -> without(json, "timestamp");
                case UNREADABLE_TIMESTAMP -> with(json, "timestamp", "yesterday");
                case FUTURE_TIMESTAMP -> with(json, "timestamp", "2999-01-01T00:00:00Z");
                case NO_TYPE -> without(json, "event_type");
                case UNKNOWN_TYPE -> with(json, "event_type", "teleport");
                case UNREADABLE_COUNTRY -> json.replaceFirst("\"country\":(\"[^\"]*\")", "\"country\":[$1]");
            };
        }

        private static String without(String json, String member) {
            return json.replaceFirst("\"" + member + "\":(\"[^\"]*\"|null),", "");
        }

        private static String with(String json, String member, String text) {
            return json.replaceFirst("\"" + member + "\":\"[^\"]*\"", "\"" + member + "\":\"" + text + "\"");
        }

        private static String page(Line line) {
            if (line.product > 0) return "/products/" + line.product;
            return switch (line.type) {
                case "search" -> "/search";
                case "page_view" -> "/";
                default -> "/checkout";
            };
        }

        private static void properties(StringBuilder json, Line line, long number) {
            int start = json.length();
            if (line.product > 0) {
                member(json, "product_id", "prod_" + line.product);
                member(json, "category", CATEGORIES[line.product % CATEGORIES.length]);
                money(json, "price", priceOf(line.product));
            }
            if (line.quantity > 0) json.append(",\"quantity\":").append(line.quantity);
            if (line.cart > 0) money(json, "cart_value", line.cart);
            if (line.type.equals("search")) {
                member(json, "search_query", "query " + number % 977);
                json.append(",\"results_count\":").append(number % 60);
            }
            if (json.length() > start) json.deleteCharAt(start);
        }

        private static void member(StringBuilder json, String name, String text) {
            json.append(",\"").append(name).append("\":\"").append(text).append('"');
        }

        private static void money(StringBuilder json, String name, long cents) {
            json.append(",\"").append(name).append("\":").append(cents / 100).append('.');
            if (cents % 100 < 10) json.append('0');
            json.append(cents % 100);
        }
    }

    /** The clicks of a planted visitor. */
    private static final class Plant {
        private final long start;
        private final String user;
        private final String session;
        private final List<Coming> lines = new ArrayList<>();

        private record Coming(Line line, long arrival) {}

        Plant(long start, String user, String session) {
            this.start = start;
            this.user = user;
            this.session = session;
        }

        private int size() {
            return lines.size() + 1;
        }

        private Coming last() {
            return lines.get(lines.size() - 1);
        }

        /** A click of the user that comes when it happens; after is in milliseconds from the start. */
        private Line at(long after) {
            return at(after, after);
        }

        private Line at(long after, long arrival) {
            var line = new Line(start + after);
            line.user = user;
            lines.add(new Coming(line, start + arrival));
            return line;
        }

        private Planted expected(Edge edge, int sessions, String rule) {
            return new Planted(edge, user, null, lines.size() + (edge == Edge.DUPLICATE ? 1 : 0), sessions, rule);
        }

        private Planted of(Edge edge) {
            switch (edge) {
                case GAP_EXACT -> {
                    at(0);
                    at(GAP);
                    return expected(edge, 1, null);
                }
                case GAP_EXCEEDED -> {
                    at(0);
                    at(GAP + 1);
                    return expected(edge, 2, null);
                }
                case BRIDGED -> {
                    at(0);
                    at(2 * GAP);
                    at(GAP, 3 * GAP);
                    return expected(edge, 1, null);
                }
                case EXTENDED -> {
                    at(GAP);
                    at(GAP + 1);
                    at(0, 2 * GAP);
                    return expected(edge, 1, null);
                }
                case SPLIT -> {
                    at(0);
                    at(GAP).user = null;
                    last().line.session = session;
                    at(2 * GAP);
                    at(2 * GAP + MINUTE).session = session;
                    var first = at(GAP + MINUTE, 3 * GAP);
                    first.session = session;
                    first.user = user + "_other";
                    return expected(edge, 2, null);
                }
                case STITCHED, NOT_STITCHED -> {
                    at(0).user = null;
                    at(MINUTE).user = null;
                    at(edge == Edge.STITCHED ? STITCH : MINUTE + STITCH + 1);
                    for (var coming : lines) coming.line.session = session;
                    // The first two are the user's, or nobody's.
                    return new Planted(edge, user, session, lines.size(), edge == Edge.STITCHED ? 2 : 1, null);
                }
                case DUPLICATE -> {
                    at(0);
                    at(MINUTE);
                    return expected(edge, 1, null);
                }
                case RATE_REACHED -> {
                    for (int i = 0; i < RATE_LIMIT; i++) at(i * 100L);
                    return expected(edge, 1, null);
                }
                case RATE_EXCEEDED -> {
                    for (int i = 0; i <= RATE_LIMIT; i++) at(MINUTE - 50 * 100L + i * 100L);
                    return expected(edge, 1, "too-many-clicks");
                }
                case RATE_JUST_KEPT -> {
                    for (int i = 0; i <= RATE_LIMIT; i++) at(i * MINUTE / RATE_LIMIT);
                    return expected(edge, 1, null);
                }
                case QUANTITY_REACHED, QUANTITY_EXCEEDED -> {
                    var line = at(0);
                    line.type = "add_to_cart";
                    line.product = 1;
                    line.quantity = edge == Edge.QUANTITY_REACHED ? 50 : 51;
                    return expected(edge, 1, edge == Edge.QUANTITY_REACHED ? null : "bulk-quantity");
                }
                case CART_REACHED, CART_EXCEEDED -> {
                    var line = at(0);
                    line.type = "add_to_cart";
                    line.product = 1;
                    line.cart = edge == Edge.CART_REACHED ? 10_000_00 : 10_000_01;
                    return expected(edge, 1, edge == Edge.CART_REACHED ? null : "big-cart");
                }
                case BOT -> {
                    at(0).browser = new String[] {"desktop", "Bot/1.0"};
                    return expected(edge, 1, "bot");
                }
                case MANY_ADDRESSES -> {
                    for (int i = 0; i < 6; i++) at(i * MINUTE).address = "203.0.113." + i;
                    return expected(edge, 1, "many-addresses");
                }
                case MANY_COUNTRIES -> {
                    for (var country : List.of("US", "DE", "SA")) at(lines.size() * MINUTE).country = country;
                    return expected(edge, 1, "many-countries");
                }
                case PAYMENTS_FAILED -> {
                    for (int i = 0; i < 4; i++) at(i * MINUTE).type = "payment_failed";
                    return expected(edge, 1, "failed-payments");
                }
            }
            throw new IllegalStateException(edge.name().toLowerCase(Locale.ROOT));
        }
    }
}
