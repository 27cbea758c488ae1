package dev.caravan.clickstream;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/** Makes sessions of clicks: those of one visitor that are no more than the gap apart. */
final class Visits {
    private final long gap;
    private final Words types;
    private final Words devices;
    private final Words countries;
    private final Words sources;

    /** @param gap in milliseconds */
    Visits(long gap, Words types, Words devices, Words countries, Words sources) {
        this.gap = gap;
        this.types = types;
        this.devices = devices;
        this.countries = countries;
        this.sources = sources;
    }

    /** The sessions that have a time between the two, or no further from it than the gap; oldest first. */
    List<Session> around(VisitorState visitor, long from, long to) {
        var trail = visitor.trail;
        var folded = visitor.folded;
        var sessions = new ArrayList<Session>();
        int click = firstOfSession(trail, trail.from(from - gap));
        if (click > 0) folded = null;
        while (folded != null || click < trail.size() && trail.time(click) <= to + gap) {
            int next = click;
            if (folded == null || continues(folded, trail, click)) {
                next = Math.min(click + 1, trail.size());
                while (next < trail.size() && trail.time(next) - trail.time(next - 1) <= gap) next++;
            }
            sessions.add(session(visitor, folded, click, next));
            folded = null;
            click = next;
        }
        return sessions;
    }

    private boolean continues(Session folded, Trail trail, int click) {
        return click < trail.size() && trail.time(click) - folded.end() <= gap;
    }

    private int firstOfSession(Trail trail, int click) {
        int first = click;
        while (first > 0 && first < trail.size() && trail.time(first) - trail.time(first - 1) <= gap) first--;
        return first;
    }

    /** The part before that click of the session it is in, together with what was folded before; null when none of it is before. */
    Session before(VisitorState visitor, int click) {
        var trail = visitor.trail;
        if (click == trail.size()) return null;
        int first = firstOfSession(trail, click);
        if (first == click) return null;
        var folded = visitor.folded;
        return session(
                visitor, first == 0 && folded != null && continues(folded, trail, 0) ? folded : null, first, click);
    }

    /** @param folded what came before; null for nothing */
    private Session session(VisitorState visitor, Session folded, int from, int to) {
        var trail = visitor.trail;
        var types = folded == null ? new TreeMap<String, Integer>() : new TreeMap<>(folded.types());
        var devices = folded == null ? new TreeSet<String>() : new TreeSet<>(folded.devices());
        var countries = folded == null ? new TreeSet<String>() : new TreeSet<>(folded.countries());
        var sources = folded == null ? new TreeSet<String>() : new TreeSet<>(folded.sources());
        double cartValue = folded == null ? Double.NaN : folded.cartValue();
        long before = 0;
        int ofType = 0;
        int type = 0;
        for (int click = from; click < to; click++) {
            long attributes = trail.attributes(click);
            if (Attributes.type(attributes) != type) {
                if (ofType > 0) types.merge(this.types.word(type), ofType, Integer::sum);
                type = Attributes.type(attributes);
                ofType = 0;
            }
            ofType++;
            if (Attributes.device(attributes) != Attributes.device(before))
                add(devices, this.devices, Attributes.device(attributes));
            if (Attributes.country(attributes) != Attributes.country(before))
                add(countries, this.countries, Attributes.country(attributes));
            if (Attributes.source(attributes) != Attributes.source(before))
                add(sources, this.sources, Attributes.source(attributes));
            before = attributes;
            double cart = trail.cartValue(click);
            if (!Double.isNaN(cart) && !(cart <= cartValue)) cartValue = cart;
        }
        if (ofType > 0) types.merge(this.types.word(type), ofType, Integer::sum);
        return new Session(
                visitor.visitor(),
                folded == null ? trail.time(from) : folded.start(),
                to > from ? trail.time(to - 1) : folded.end(),
                to - from + (folded == null ? 0 : folded.clicks()),
                types,
                devices,
                countries,
                sources,
                cartValue);
    }

    private static void add(TreeSet<String> to, Words words, int number) {
        if (number != 0) to.add(words.word(number));
    }
}
