package dev.caravan.clickstream;

import dev.caravan.clickstream.Checkpoint.Late;
import dev.caravan.clickstream.Checkpoint.Place;
import dev.caravan.clickstream.Checkpoint.SessionChange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A partition's sessions, minutes and alerts, in memory: a function of the slices of the log, in their order. It knows no clock and no
 * database, and is used by one thread at a time.
 *
 * <p>A slice: {@code needs} is asked and each shelf it names {@code load}ed, again until it names none; then {@code apply}, and the alerts it
 * returns are written at once ({@code on conflict do nothing}). Now and then a {@code drain}, whose checkpoint is written before the next
 * one, and before anything is loaded. A new owner: {@code restore} with the last checkpoint's {@code ongoing}, {@code load} of each shelf
 * there is from the hour that it returns, then the slices after its position.
 *
 * <p>A visitor's clicks stay in memory while on-time clicks can still change what they make: sessions, unique users of minutes, episodes,
 * and which click is a duplicate. All of those are worked out from the clicks themselves, so that they do not depend on the order in which
 * those came.
 */
public final class Partition {
    /** Who has more clicks, as a robot that never pauses, is kept without the older ones. */
    private static final int MOST_KEPT_WHOLE = 1_000;

    /**
     * Checkpoints for which clicks stay in memory that could leave it: what another partition gives to a user is on its way for two of them, and would
     * bring back whole shelves.
     */
    private static final int MOVES_ON_THEIR_WAY = 2;

    private static final long NEVER = Long.MIN_VALUE;

    // In milliseconds, of the settings.
    private final long gap;
    private final long stitch;
    private final long lookUp;

    private final Words types = new Words(Attributes.TYPES);
    private final Words devices = new Words(Attributes.DEVICES);
    private final Words countries = new Words(Attributes.COUNTRIES);
    private final Words sources = new Words(Attributes.SOURCES);
    private final Words matches = new Words(Attributes.MATCHES);

    private final Visitors users = new Visitors(false);
    private final Visitors sessions = new Visitors(true);
    private final Visits visits;
    private final Watch watch;
    private final Minutes minutes = new Minutes();
    private final Parts parts = new Parts(types, devices, countries, sources, matches);
    private final DueTimes dueTimes = new DueTimes();
    private final Hours hours = new Hours();

    private final List<VisitorState> touched = new ArrayList<>();
    /** Those of them who have lost clicks: nothing on the shelves would remind of sessions that are no more. */
    private final Set<VisitorState> bereft = new LinkedHashSet<>();

    private final List<Place> duplicates = new ArrayList<>();
    private final List<Late> late = new ArrayList<>();
    private final List<Move> moves = new ArrayList<>();
    /** Moved clicks that were taken away since the last checkpoint, and so may still stand on shelves. */
    private final Set<Taken> taken = new HashSet<>();
    /** Visitors of whose session only a sum is left in memory. */
    private final Set<VisitorState> folded = new LinkedHashSet<>();

    private final List<Raised> raised = new ArrayList<>();
    private long position = -1;
    /** The highest floor by which clicks have left the memory. */
    private long evictedBy = NEVER;
    /** Floors of the last checkpoints, the latest last: clicks leave the memory by the first. */
    private final Deque<Long> floors = new ArrayDeque<>();
    /** From which hour on all shelves were loaded, whatever was evicted. */
    private long completeFrom = Long.MAX_VALUE;

    private final Set<Shelf> loaded = new HashSet<>();
    /** Whether there may be visitors in memory of whom only some hours were loaded. */
    private boolean partlyLoaded;
    /** What the owner before left, until the first slice; null without one. */
    private Ongoing restored;

    /** Alerts that were merged or withdrawn since the last checkpoint, and so may still stand on shelves. */
    private final Set<AlertKey> ended = new HashSet<>();

    private record Taken(String userId, String eventId) {}

    /** @param start which the alert's id was made of */
    private record AlertKey(Visitor visitor, String rule, long start) {}

    private record Raised(VisitorState visitor, Episode episode) {}

    public Partition(PartitionSettings settings, ClickRules rules) {
        this.gap = settings.gap().toMillis();
        this.stitch = settings.stitch().toMillis();
        this.lookUp = settings.duplicates().toMillis();
        this.visits = new Visits(gap, types, devices, countries, sources);
        this.watch = new Watch(rules, types, matches, new Watch.Listener() {
            @Override
            public void raised(VisitorState visitor, Episode episode) {
                raised.add(new Raised(visitor, episode));
                ended.remove(new AlertKey(visitor.visitor(), episode.rule.rule.name(), episode.told));
                parts.raised(visitor, episode.rule.rule.name(), episode.told);
            }

            @Override
            public void ended(VisitorState visitor, ClickRule rule, long told) {
                parts.ended(visitor, rule.name(), told);
                ended.add(new AlertKey(visitor.visitor(), rule.name(), told));
            }
        });
    }

    /** From now on these silences hold, and no others. */
    public void silences(Collection<Silence> silences) {
        watch.silences(silences);
    }

    /** From now on these rules hold; clicks that were there before are not looked at again. */
    public void rules(ClickRules rules) {
        watch.rules(rules);
    }

    /** How many clicks and sightings are in memory. */
    public long clicks() {
        return hours.all();
    }

    /** How many users and anonymous sessions are in memory: about those whose session was not final two checkpoints ago. */
    public int visitors() {
        return users.size() + sessions.size();
    }

    /**
     * Takes in a slice.
     *
     * @return alerts that were raised by it, to be told at once; they come with the next checkpoint, too, and again when the same slice is
     *     applied after a crash, with the same ids
     */
    public List<Alert> apply(Slice slice) {
        finishRestore();
        int source = sources.number(slice.source());
        for (int i = 0; i < slice.clicks().size(); i++) {
            var click = slice.clicks().get(i);
            if (click.time() < slice.watermark()) late(slice, i, click);
            else if (!(click.userId() == null ? anonymous(click, source) : identified(click, source)))
                duplicates.add(new Place(slice.position(), slice.indexes()[i]));
        }
        for (var sighting : slice.sightings()) if (sighting.time() >= slice.watermark()) seen(sighting);
        for (var move : slice.moves()) {
            if (move.given()) given(move);
            else taken(move);
        }
        position = slice.position();
        if (raised.isEmpty()) return List.of();
        var alerts = new ArrayList<Alert>();
        for (var one : raised) if (one.episode().isTold()) alerts.add(watch.alert(one.visitor(), one.episode(), NEVER));
        raised.clear();
        return alerts;
    }

    private void late(Slice slice, int i, Click click) {
        var place = new Place(slice.position(), slice.indexes()[i]);
        var visitor = click.userId() == null ? sessions.get(click.sessionId()) : users.get(click.userId());
        if (visitor != null && visitor.has(Trail.id(click.eventId()))) duplicates.add(place);
        else late.add(new Late(place, click));
    }

    /** @return false when it was there */
    private boolean identified(Click click, int source) {
        var id = Trail.id(click.eventId());
        var user = user(click.userId(), click.time());
        if (user.trail.has(id)) {
            keepAsOwn(user, id);
            return false;
        }
        long attributes = attributes(click, source);
        minutes.event(click.time(), attributes);
        int address = address(click.ipAddress());
        parts.click(user, click.time(), attributes, address, id, click.cartValue());
        add(user, click.time(), attributes, address, id, click.cartValue());
        return true;
    }

    /** A moved click that the user has sent as well must not be taken away again. */
    private void keepAsOwn(VisitorState user, byte[] id) {
        int click = user.trail.find(id);
        long attributes = user.trail.attributes(click);
        if (!Attributes.moved(attributes)) return;
        user.trail.setAttributes(click, attributes & ~Attributes.MOVED);
        parts.click(
                user,
                user.trail.time(click),
                user.trail.attributes(click),
                user.trail.address(click),
                id,
                user.trail.cartValue(click));
    }

    /** @return false when it was there */
    private boolean anonymous(Click click, int source) {
        var id = Trail.id(click.eventId());
        var session = session(click.sessionId(), click.time());
        if (session.has(id)) return false;
        long attributes = attributes(click, source);
        minutes.event(click.time(), attributes);
        int address = address(click.ipAddress());
        parts.click(session, click.time(), attributes, address, id, click.cartValue());
        var owner = session.sightings == null ? null : session.sightings.owner(click.time(), stitch);
        if (owner == null) {
            add(session, click.time(), attributes, address, id, click.cartValue());
        } else {
            hours.count(click.time(), 1);
            if (session.given == null) session.given = new Trail();
            int at = session.given.insert(click.time(), attributes, address, id, click.cartValue());
            moves.add(new Move(true, owner, session.id, footprint(session.given, at)));
        }
        return true;
    }

    private void seen(Sighting sighting) {
        var session = session(sighting.sessionId(), sighting.time());
        if (session.sightings == null) session.sightings = new Sightings();
        var sightings = session.sightings;
        long time = sighting.time();
        // Only clicks since the sighting before can become another's.
        int before = sightings.from(time) - 1;
        long from = before < 0 ? time - stitch : Math.max(time - stitch, sightings.time(before) + 1);
        var owners = owners(session, from, time);
        if (!sightings.add(sighting.userId(), time)) return;
        hours.count(time, 1);
        parts.sighting(session.id, sighting.userId(), time);
        regive(session, from, time, owners);
        giveOwn(session, from, time);
    }

    /** Whose the given clicks between the times, both included, are now. */
    private List<String> owners(VisitorState session, long from, long to) {
        if (session.given == null) return List.of();
        var owners = new ArrayList<String>();
        for (int click = session.given.from(from); click < session.given.after(to); click++)
            owners.add(session.sightings.owner(session.given.time(click), stitch));
        return owners;
    }

    private void regive(VisitorState session, long from, long to, List<String> before) {
        if (before.isEmpty()) return;
        var given = session.given;
        int first = given.from(from);
        for (int i = 0; i < before.size(); i++) {
            int click = first + i;
            var owner = session.sightings.owner(given.time(click), stitch);
            if (owner.equals(before.get(i))) continue;
            moves.add(new Move(false, before.get(i), session.id, footprint(given, click)));
            moves.add(new Move(true, owner, session.id, footprint(given, click)));
        }
    }

    private void giveOwn(VisitorState session, long from, long to) {
        var trail = session.trail;
        int first = trail.from(from);
        int end = trail.after(to);
        if (first == end) return;
        if (session.given == null) session.given = new Trail();
        for (int click = first; click < end; click++) {
            var owner = session.sightings.owner(trail.time(click), stitch);
            int at = transfer(trail, click, session.given);
            moves.add(new Move(true, owner, session.id, footprint(session.given, at)));
        }
        long firstTime = trail.time(first);
        long lastTime = trail.time(end - 1);
        for (int click = end - 1; click >= first; click--) {
            hours.count(trail.time(click), 1);
            remove(session, click);
        }
        watch.removed(session, firstTime, lastTime);
    }

    private static int transfer(Trail from, int click, Trail to) {
        return to.insert(
                from.time(click),
                from.attributes(click),
                from.address(click),
                from.idBytes(click),
                from.cartValue(click));
    }

    private void given(Move move) {
        var click = move.click();
        var user = user(move.userId(), click.time());
        var id = Trail.id(click.eventId());
        if (user.trail.has(id)) return;
        int bits = 0;
        for (var rule : click.matches()) bits |= 1 << (matches.number(rule) - 1);
        long attributes = Attributes.of(
                        types.number(click.type()),
                        devices.number(click.device()),
                        countries.number(click.country()),
                        sources.number(click.source()),
                        bits)
                | Attributes.MOVED;
        parts.click(user, click.time(), attributes, click.address(), id, click.cartValue());
        add(user, click.time(), attributes, click.address(), id, click.cartValue());
    }

    private void taken(Move move) {
        var user = users.get(move.userId());
        if (user == null) return;
        var id = Trail.id(move.click().eventId());
        int click = user.trail.find(id);
        if (click < 0 || !Attributes.moved(user.trail.attributes(click))) return;
        long time = user.trail.time(click);
        parts.taken(user, time, id);
        taken.add(new Taken(user.id, move.click().eventId()));
        remove(user, click);
        watch.removed(user, time, time);
    }

    private void add(VisitorState visitor, long time, long attributes, int address, byte[] id, double cartValue) {
        int click = visitor.trail.insert(time, attributes, address, id, cartValue);
        hours.count(time, 1);
        touch(visitor, time);
        if (isAloneInMinute(visitor.trail, click)) minutes.visitors(time, visitor.anonymous, 1);
        watch.inserted(visitor, click);
    }

    private void remove(VisitorState visitor, int click) {
        long time = visitor.trail.time(click);
        if (isAloneInMinute(visitor.trail, click)) minutes.visitors(time, visitor.anonymous, -1);
        visitor.trail.remove(click);
        hours.count(time, -1);
        touch(visitor, time);
        bereft.add(visitor);
    }

    private static boolean isAloneInMinute(Trail trail, int click) {
        long minute = Minutes.of(trail.time(click));
        return (click == 0 || Minutes.of(trail.time(click - 1)) != minute)
                && (click + 1 == trail.size() || Minutes.of(trail.time(click + 1)) != minute);
    }

    private void touch(VisitorState visitor, long time) {
        widen(visitor, time);
        if (visitor.waits) return;
        visitor.waits = true;
        touched.add(visitor);
    }

    private void widen(VisitorState visitor, long time) {
        for (var range : visitor.touched) {
            if (time < range[0] - gap || time > range[1] + gap) continue;
            range[0] = Math.min(range[0], time);
            range[1] = Math.max(range[1], time);
            return;
        }
        if (visitor.touched.isEmpty()) visitor.touched = new ArrayList<>(1);
        visitor.touched.add(new long[] {time, time});
    }

    private VisitorState user(String id, long time) {
        return users.obtain(id, user -> dueTimes.add(user, time + reach(false)));
    }

    private VisitorState session(String id, long time) {
        return sessions.obtain(id, session -> dueTimes.add(session, time + reach(true)));
    }

    /** How far clicks can be apart and still matter to each other, in milliseconds. */
    private long reach(boolean anonymous) {
        long reach = Math.max(gap, watch.longestWindow());
        return anonymous ? Math.max(reach, stitch) : reach;
    }

    private long attributes(Click click, int source) {
        return Attributes.of(
                types.number(click.type()),
                devices.number(click.device()),
                countries.number(click.country()),
                source,
                watch.matches(click));
    }

    private Footprint footprint(Trail trail, int click) {
        long attributes = trail.attributes(click);
        var broken = new TreeSet<String>();
        for (int bits = Attributes.matches(attributes); bits != 0; bits &= bits - 1)
            broken.add(matches.word(Integer.numberOfTrailingZeros(bits) + 1));
        return new Footprint(
                trail.eventId(click),
                trail.time(click),
                sources.word(Attributes.source(attributes)),
                types.word(Attributes.type(attributes)),
                devices.word(Attributes.device(attributes)),
                countries.word(Attributes.country(attributes)),
                trail.address(click),
                trail.cartValue(click),
                List.copyOf(broken));
    }

    /** Different for nearly all different addresses: 64 bits mixed as by SplittableRandom, of which 32 are kept; 0 for none. */
    static int address(String ipAddress) {
        if (ipAddress == null) return 0;
        long hash = 0;
        for (int i = 0; i < ipAddress.length(); i++) hash = (hash + ipAddress.charAt(i)) * 0x9e3779b97f4a7c15L;
        hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        int half = (int) (hash >>> 32);
        return half == 0 ? 1 : half;
    }

    /**
     * What has come of the slices since the last checkpoint. What is older than the floor of two checkpoints before leaves the memory.
     *
     * @param floor lowest watermark of the open sources, {@link Long#MIN_VALUE} when one has none yet
     * @param clock highest time of any source: alerts whose window it has passed are cleared
     * @param open  whether sessions that are not final are told as well; those not told are told by a later one
     */
    public Checkpoint drain(long floor, long clock, boolean open) {
        finishRestore();
        var alerts = watch.drain(clock);
        var changes = new ArrayList<SessionChange>();
        for (var visitor : bereft) tell(visitor, changes);
        bereft.clear();
        if (open) {
            for (var visitor : touched) tell(visitor, changes);
            touched.clear();
        }
        if (floor != NEVER) {
            for (var visitor : dueTimes.before(floor)) tell(visitor, changes);
            floors.add(floor);
            // A floor goes down when a source is heard of again after a pause; who was looked at since must not leave.
            if (floors.size() > MOVES_ON_THEIR_WAY) evict(Math.min(floors.remove(), floor));
        }
        var checkpoint = new Checkpoint(
                position,
                parts.drain(),
                ongoing(),
                changes,
                minutes.drain(types, devices, countries),
                List.copyOf(duplicates),
                List.copyOf(late),
                List.copyOf(moves),
                alerts);
        duplicates.clear();
        late.clear();
        moves.clear();
        taken.clear();
        ended.clear();
        return checkpoint;
    }

    private void tell(VisitorState visitor, List<SessionChange> changes) {
        visitor.waits = false;
        if (!visitor.isTouched()) return;
        for (var range : visitor.touched) {
            var around = visits.around(visitor, range[0], range[1]);
            long from = range[0] - gap;
            long to = range[1];
            for (var session : around) {
                from = Math.min(from, session.start());
                to = Math.max(to, session.end());
            }
            changes.add(new SessionChange(visitor.visitor(), visitor.told, from, to, around));
        }
        visitor.touched = List.of();
        visitor.told = true;
    }

    /** What leaves was told. */
    private void evict(long floor) {
        for (var visitor : dueTimes.takeBefore(floor)) {
            long newest = visitor.newest();
            if (newest + reach(visitor.anonymous) < floor) {
                forget(visitor);
            } else {
                long before = floor - reach(visitor.anonymous);
                trim(
                        visitor,
                        visitor.size() > MOST_KEPT_WHOLE
                                ? Minutes.of(before) * Minutes.MINUTE
                                : lastPause(visitor, before));
                dueTimes.add(visitor, newest + reach(visitor.anonymous));
            }
        }
        if (touched.size() > 2 * visitors()) touched.removeIf(visitor -> !visitor.isTouched());
        if (floor >= evictedBy) partlyLoaded = false;
        evictedBy = Math.max(evictedBy, floor);
        long kept = Shelf.hour(floor - reach(false) - 1) + 1;
        completeFrom = Math.max(completeFrom, kept);
        loaded.removeIf(shelf -> shelf.hour() < kept);
    }

    private void forget(VisitorState visitor) {
        watch.forget(visitor);
        folded.remove(visitor);
        (visitor.anonymous ? sessions : users).remove(visitor);
        uncount(visitor.trail, visitor.trail.size());
        if (visitor.given != null) uncount(visitor.given, visitor.given.size());
        if (visitor.sightings != null) uncount(visitor.sightings, visitor.sightings.size());
    }

    private void uncount(Trail trail, int end) {
        for (int click = 0; click < end; click++) hours.count(trail.time(click), -1);
    }

    private void uncount(Sightings sightings, int end) {
        for (int sighting = 0; sighting < end; sighting++) hours.count(sightings.time(sighting), -1);
    }

    /**
     * A time in the last pause before another time that was long enough for what came before it to have nothing to do with what came since:
     * who comes every day is kept for no longer than others. {@link #NEVER} without one.
     */
    private long lastPause(VisitorState visitor, long before) {
        long least = reach(visitor.anonymous) + Minutes.MINUTE;
        long end = before;
        long begin = visitor.newestBefore(end);
        while (begin != NEVER && end - begin <= least) {
            end = begin;
            begin = visitor.newestBefore(end);
        }
        return begin == NEVER ? NEVER : (Minutes.of(begin) + 1) * Minutes.MINUTE;
    }

    /** Clicks before that time leave the memory; of a session that goes on a sum is kept. */
    private void trim(VisitorState visitor, long before) {
        int first = visitor.trail.from(before);
        if (first > 0) {
            boolean episodes = watch.fold(visitor, before);
            visitor.folded = visits.before(visitor, first);
            boolean goesOn = episodes || visitor.folded != null;
            visitor.foldedBefore = goesOn ? before : NEVER;
            if (goesOn) folded.add(visitor);
            else folded.remove(visitor);
            uncount(visitor.trail, first);
            visitor.trail.dropBefore(first);
        }
        if (visitor.given != null) {
            int kept = visitor.given.from(before);
            uncount(visitor.given, kept);
            visitor.given.dropBefore(kept);
        }
        if (visitor.sightings != null) {
            int kept = visitor.sightings.from(before);
            uncount(visitor.sightings, kept);
            visitor.sightings.dropBefore(kept);
        }
    }

    /**
     * Shelves that have to be loaded before the slice is applied, because it has something older than what is in memory. After they were
     * loaded it may name further ones.
     */
    public Set<Shelf> needs(Slice slice) {
        finishRestore();
        if (evictedBy == NEVER) return Set.of();
        var needed = new LinkedHashSet<Shelf>();
        long lookedUp = slice.watermark() - lookUp;
        for (var click : slice.clicks()) {
            boolean anonymous = click.userId() == null;
            var id = anonymous ? click.sessionId() : click.userId();
            if (click.time() >= slice.watermark()) need(needed, anonymous, id, click.time());
            else if (click.time() >= lookedUp && click.time() < evictedBefore(anonymous))
                need(needed, new Shelf(Shelf.hour(click.time()), Shelf.number(id)));
        }
        for (var sighting : slice.sightings())
            if (sighting.time() >= slice.watermark()) need(needed, true, sighting.sessionId(), sighting.time());
        for (var move : slice.moves()) {
            var user = users.get(move.userId());
            // What only a sum is left of cannot become less.
            if (!move.given() && user != null && user.isFolded())
                unfold(needed, user, move.click().time() - reach(false));
            need(needed, false, move.userId(), move.click().time());
        }
        return needed;
    }

    private long evictedBefore(boolean anonymous) {
        return evictedBy - reach(anonymous);
    }

    private void need(Set<Shelf> needed, boolean anonymous, String id, long time) {
        long reach = reach(anonymous);
        long evictedBefore = evictedBefore(anonymous);
        // Nearly always.
        if (time - reach >= evictedBefore && !partlyLoaded && folded.isEmpty()) return;
        var visitor = (anonymous ? sessions : users).get(id);
        if (visitor != null && visitor.isFolded() && time - reach < visitor.foldedBefore)
            unfold(needed, visitor, time - reach);
        if (time - reach >= evictedBefore && !partlyLoaded) return;
        int number = Shelf.number(id);
        need(needed, number, time - reach, Math.min(time + reach, evictedBefore));
        if (visitor == null || visitor.trail.isEmpty()) return;
        // What it may belong to can go on beyond those hours, and over some that are not in memory.
        var trail = visitor.trail;
        long near = reach(false);
        int first = trail.from(time - near);
        int last = trail.after(time + near) - 1;
        if (first > last) return;
        while (first > 0 && trail.time(first) - trail.time(first - 1) <= near) first--;
        while (last + 1 < trail.size() && trail.time(last + 1) - trail.time(last) <= near) last++;
        boolean sumBefore = first == 0 && visitor.isFolded();
        need(
                needed,
                number,
                trail.time(first) - (sumBefore ? 0 : near),
                Math.min(trail.time(last) + near, evictedBefore));
    }

    private void need(Set<Shelf> needed, int number, long from, long to) {
        for (long hour = Shelf.hour(from); hour <= Shelf.hour(to); hour++) need(needed, new Shelf(hour, number));
    }

    private void need(Set<Shelf> needed, Shelf shelf) {
        if (shelf.hour() < completeFrom && !loaded.contains(shelf)) needed.add(shelf);
    }

    /** A session is only a sum, but clicks have to find their place in it: all of them come back. */
    private void unfold(Set<Shelf> needed, VisitorState visitor, long time) {
        long from = visitor.folded == null ? time : Math.min(time, visitor.folded.start());
        if (visitor.episodes != null)
            for (var episode : visitor.episodes) {
                if (episode.folded != null) from = Math.min(from, episode.folded.from());
                episode.folded = null;
            }
        // Of shelves that were loaded before, what belonged to the sum was left out.
        long first = Math.min(Shelf.hour(from), completeFrom);
        for (var shelf : loaded) first = Math.min(first, shelf.hour());
        for (long hour = first; hour <= Shelf.hour(visitor.foldedBefore); hour++)
            needed.add(new Shelf(hour, Shelf.number(visitor.id)));
        visitor.folded = null;
        visitor.foldedBefore = NEVER;
        folded.remove(visitor);
    }

    /** @param shelved all parts that stand on the shelf, in the order of the checkpoints that wrote them; may be none */
    public void load(Shelf shelf, List<byte[]> shelved) {
        var shelfReader = new ShelfReader();
        for (var part : shelved) parts.read(shelf, part, shelfReader);
        shelfReader.finish();
        loaded.add(shelf);
        partlyLoaded = true;
    }

    /** Brings back what stands on a shelf, as far as it is not in memory. */
    private final class ShelfReader implements Parts.Reader {
        private final Map<Visitor, Trail> trails = new HashMap<>();
        private final Set<AlertKey> alerts = new LinkedHashSet<>();
        private final Set<VisitorState> changed = new LinkedHashSet<>();

        @Override
        public void click(
                boolean anonymous, String id, long time, long attributes, int address, byte[] eventId, double cart) {
            var trail = trails.computeIfAbsent(new Visitor(anonymous, id), unseen -> new Trail());
            int there = trail.has(eventId) ? trail.find(eventId) : -1;
            if (there >= 0) trail.setAttributes(there, attributes);
            else trail.insert(time, attributes, address, eventId, cart);
        }

        @Override
        public void taken(String userId, long time, byte[] eventId) {
            var trail = trails.get(Visitor.user(userId));
            int there = trail == null ? -1 : trail.find(eventId);
            if (there >= 0) trail.remove(there);
        }

        @Override
        public void sighting(String sessionId, String userId, long time) {
            var session = session(sessionId, time);
            if (session.sightings == null) session.sightings = new Sightings();
            if (!session.sightings.add(userId, time)) return;
            hours.count(time, 1);
            changed.add(session);
        }

        @Override
        public void raised(boolean anonymous, String id, String rule, long start) {
            alerts.add(new AlertKey(new Visitor(anonymous, id), rule, start));
        }

        @Override
        public void ended(boolean anonymous, String id, String rule, long start) {
            alerts.remove(new AlertKey(new Visitor(anonymous, id), rule, start));
        }

        private void raise(AlertKey alert) {
            var watched = watch.watched(alert.rule);
            if (watched == null || ended.contains(alert)) return;
            long start = alert.start;
            var visitor =
                    alert.visitor.anonymous() ? session(alert.visitor.id(), start) : user(alert.visitor.id(), start);
            if (start < visitor.foldedBefore) return;
            if (visitor.episodes == null) visitor.episodes = new ArrayList<>();
            var there = visitor.episodes.stream()
                    .filter(one -> one.rule == watched && one.start <= start && start <= one.last)
                    .findFirst();
            if (there.isEmpty()) visitor.episodes.add(new Episode(watched, start, start, start));
            else if (!there.get().isTold()) there.get().told = start;
            changed.add(visitor);
        }

        private void finish() {
            trails.forEach((known, trail) -> {
                var visitor = known.anonymous() ? session(known.id(), first(trail)) : user(known.id(), first(trail));
                for (int click = 0; click < trail.size(); click++) bringBack(visitor, trail, click);
            });
            alerts.forEach(this::raise);
            for (var visitor : changed) {
                visitor.told = true;
                if (visitor.anonymous) stitch(visitor);
                watch.loaded(visitor);
            }
        }

        private long first(Trail trail) {
            return trail.isEmpty() ? 0 : trail.time(0);
        }

        private void bringBack(VisitorState visitor, Trail trail, int click) {
            long time = trail.time(click);
            if (time < visitor.foldedBefore) return;
            if (visitor.has(trail.idBytes(click))) return;
            if (taken.contains(new Taken(visitor.id, trail.eventId(click)))) return;
            transfer(trail, click, visitor.trail);
            hours.count(time, 1);
            changed.add(visitor);
        }

        /** Clicks are whose they were; the moves were told before. */
        private void stitch(VisitorState session) {
            if (session.sightings == null) return;
            var trail = session.trail;
            for (int click = trail.size() - 1; click >= 0; click--) {
                if (session.sightings.owner(trail.time(click), stitch) == null) continue;
                if (session.given == null) session.given = new Trail();
                transfer(trail, click, session.given);
                trail.remove(click);
            }
        }
    }

    private byte[] ongoing() {
        long firstHour = hours.first();
        if (firstHour == Long.MAX_VALUE && evictedBy != NEVER) firstHour = Shelf.hour(evictedBy) + 1;
        return new Ongoing(
                        position,
                        evictedBy,
                        firstHour,
                        folded.stream().map(Ongoing.Folded::of).toList())
                .write();
    }

    /**
     * Takes up where the owner before left off. Called once, before anything else.
     *
     * @param ongoing of the last checkpoint
     * @return hour of event time, in hours since 1970 UTC, from which on all shelves have to be loaded, hour by hour
     */
    public long restore(byte[] ongoing) {
        var before = Ongoing.read(ongoing);
        restored = before;
        position = before.position();
        // An hour more tells whether the first sessions in memory were all there.
        completeFrom = before.firstHour() - 1;
        evictedBy = before.evictedBy() == NEVER
                ? NEVER
                : Math.min(before.evictedBy(), completeFrom * Shelf.HOUR + reach(false));
        for (var one : before.folded()) {
            var id = one.visitor().id();
            var visitor = one.visitor().anonymous() ? session(id, one.before()) : user(id, one.before());
            visitor.told = true;
            visitor.folded = one.session();
            visitor.foldedBefore = one.before();
            folded.add(visitor);
            for (var episode : one.episodes()) watch.restore(visitor, episode);
        }
        return completeFrom;
    }

    private long wasInMemoryFrom(boolean anonymous) {
        return restored.evictedBy() == NEVER
                ? NEVER
                : Math.min(
                        Minutes.of(restored.evictedBy()) * Minutes.MINUTE - reach(anonymous),
                        restored.firstHour() * Shelf.HOUR);
    }

    /** Which sessions the owner before has told nobody knows: all that it had in memory are told again. */
    private void finishRestore() {
        if (restored == null) return;
        users.forEach(this::touchRestored);
        sessions.forEach(this::touchRestored);
        restored = null;
    }

    private void touchRestored(VisitorState visitor) {
        watch.restored(visitor, wasInMemoryFrom(visitor.anonymous));
        var trail = visitor.trail;
        if (trail.isEmpty()) return;
        int first = trail.from(restored.firstHour() * Shelf.HOUR);
        // One that began earlier had left the memory, except for its sum.
        if (first > 0) while (first < trail.size() && trail.time(first) - trail.time(first - 1) <= gap) first++;
        if (first == trail.size()) return;
        for (int click = first; click < trail.size(); click++) touch(visitor, trail.time(click));
    }
}
