package dev.caravan.clickstream;

import dev.caravan.clickstream.Episode.Evidence;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a partition knows that does not stand on shelves.
 *
 * @param position  of the last slice applied; -1 for none
 * @param evictedBy the highest floor by which clicks have left the memory; {@link Long#MIN_VALUE} for none
 * @param firstHour the first hour that has clicks in memory
 * @param folded    visitors of whom something goes on that clicks belong to which have left the memory
 */
record Ongoing(long position, long evictedBy, long firstHour, List<Folded> folded) {
    private static final int VERSION = 1;

    /**
     * What goes on of a visitor without clicks in memory.
     *
     * @param before  clicks before that time have left the memory
     * @param session sum of them, as far as they belong to it; null when none do
     */
    record Folded(Visitor visitor, long before, Session session, List<FoldedEpisode> episodes) {
        static Folded of(VisitorState visitor) {
            var episodes = new ArrayList<FoldedEpisode>();
            if (visitor.episodes != null)
                for (var one : visitor.episodes)
                    if (one.folded != null)
                        episodes.add(
                                new FoldedEpisode(one.rule.rule.name(), one.start, one.last, one.told, one.folded));
            return new Folded(visitor.visitor(), visitor.foldedBefore, visitor.folded, episodes);
        }
    }

    record FoldedEpisode(String rule, long start, long last, long told, Evidence evidence) {}

    byte[] write() {
        var to = new Bytes()
                .one(VERSION)
                .fixed(position)
                .fixed(evictedBy)
                .fixed(firstHour)
                .number(folded.size());
        for (var one : folded) {
            to.one(one.visitor.anonymous() ? 1 : 0).text(one.visitor.id()).fixed(one.before);
            to.one(one.session == null ? 0 : 1);
            if (one.session != null) write(to, one.session);
            to.number(one.episodes.size());
            for (var episode : one.episodes) {
                to.text(episode.rule).fixed(episode.start).fixed(episode.last).fixed(episode.told);
                var evidence = episode.evidence;
                to.fixed(evidence.from()).number(evidence.events());
                to.number(evidence.peak()).number(evidence.peakMinute());
                write(to, evidence.eventIds());
            }
        }
        return to.toArray();
    }

    static Ongoing read(byte[] bytes) {
        var from = new Bytes.Reader(bytes);
        int version = from.one();
        if (version != VERSION) throw new IllegalStateException("state of version " + version + ", not " + VERSION);
        long position = from.fixed();
        long evictedBy = from.fixed();
        long firstHour = from.fixed();
        var folded = new ArrayList<Folded>();
        for (long more = from.number(); more > 0; more--) {
            var visitor = new Visitor(from.one() == 1, from.text());
            long before = from.fixed();
            var session = from.one() == 0 ? null : readSession(from, visitor);
            var episodes = new ArrayList<FoldedEpisode>();
            for (long left = from.number(); left > 0; left--) episodes.add(readEpisode(from));
            folded.add(new Folded(visitor, before, session, episodes));
        }
        return new Ongoing(position, evictedBy, firstHour, folded);
    }

    private static FoldedEpisode readEpisode(Bytes.Reader from) {
        var rule = from.text();
        long start = from.fixed();
        long last = from.fixed();
        long told = from.fixed();
        long first = from.fixed();
        int events = (int) from.number();
        int peak = (int) from.number();
        int peakMinute = (int) from.number();
        return new FoldedEpisode(
                rule, start, last, told, new Evidence(first, events, readTexts(from), peak, peakMinute));
    }

    private static void write(Bytes to, Session session) {
        to.fixed(session.start()).fixed(session.end()).number(session.clicks());
        to.number(session.types().size());
        session.types().forEach((type, count) -> to.text(type).number(count));
        write(to, session.devices());
        write(to, session.countries());
        write(to, session.sources());
        to.real(session.cartValue());
    }

    private static Session readSession(Bytes.Reader from, Visitor visitor) {
        long start = from.fixed();
        long end = from.fixed();
        int clicks = (int) from.number();
        var types = new TreeMap<String, Integer>();
        for (long more = from.number(); more > 0; more--) types.put(from.text(), (int) from.number());
        SortedSet<String> devices = new TreeSet<>(readTexts(from));
        SortedSet<String> countries = new TreeSet<>(readTexts(from));
        SortedSet<String> sources = new TreeSet<>(readTexts(from));
        return new Session(visitor, start, end, clicks, types, devices, countries, sources, from.real());
    }

    private static void write(Bytes to, Collection<String> texts) {
        to.number(texts.size());
        texts.forEach(to::text);
    }

    private static List<String> readTexts(Bytes.Reader from) {
        var texts = new ArrayList<String>();
        for (long more = from.number(); more > 0; more--) texts.add(from.text());
        return List.copyOf(texts);
    }
}
