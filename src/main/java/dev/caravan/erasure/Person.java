package dev.caravan.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Somebody who is erased, or a session of the tracker in which they were seen.
 *
 * @param id        as customers, orders and clicks know them
 * @param pseudonym what stands for it from now on; it says nothing about them
 * @param isSession whether it is the id of a session: what somebody else did in it stays theirs
 * @param sessions  those in which they were seen, as far as they are being erased; a session has none
 */
public record Person(String id, String pseudonym, boolean isSession, List<Person> sessions) {
    /** In the order in which a record is to be gone through: a session's is the person's only once it names nobody else. */
    public static final Comparator<Person> SESSIONS_LAST =
            Comparator.comparing(Person::isSession).thenComparing(Person::id).thenComparing(Person::pseudonym);

    private static final String PREFIX = "erased-";
    private static final Pattern PSEUDONYM = Pattern.compile(PREFIX + "[0-9a-f]{16}");

    /** What may stand neither before nor behind an id in a text: then it is another word. */
    private static final String WORD = "[\\p{L}\\p{N}_-]";

    /** In JSON, a letter may stand before an id that belongs to what is before it: a line break, say. */
    private static final String ESCAPED = "(?<=\\\\[bfnrt])|(?<=\\\\u\\p{XDigit}{4})";

    private static final int SHORTEST_IN_TEXTS = 4;
    private static final int SHORTEST_NUMBER_IN_TEXTS = 7;

    public Person {
        sessions = List.copyOf(sessions);
    }

    /** Of whom no session is known. */
    public Person(String id, String pseudonym) {
        this(id, pseudonym, false, List.of());
    }

    /** A session. */
    static Person session(String id, String pseudonym) {
        return new Person(id, pseudonym, true, List.of());
    }

    /** The same with further sessions. */
    public Person with(List<Person> further) {
        var all = new ArrayList<>(sessions);
        all.addAll(further);
        return new Person(id, pseudonym, isSession, all);
    }

    /** Themselves, then their sessions. */
    public List<Person> all() {
        var all = new ArrayList<>(List.of(this));
        all.addAll(sessions);
        return all;
    }

    /** Who of {@link #all} {@linkplain #mayBeIn may be in} some bytes, in that order. */
    public Set<Person> allIn(byte[] bytes) {
        return all().stream().filter(one -> one.mayBeIn(bytes)).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The ids of {@link #all}. */
    public List<String> ids() {
        return all().stream().map(Person::id).toList();
    }

    /** @param random what was drawn by lot, in hexadecimal digits, sixteen of them */
    static String pseudonym(String random) {
        return PREFIX + random;
    }

    /** Whether an id stands for somebody who was erased. */
    public static boolean isPseudonym(String id) {
        return PSEUDONYM.matcher(id).matches();
    }

    /**
     * Whether the id can be told from other words. One that is short, or a small number, also stands in texts that have nothing to do with them: it is
     * replaced where it is all of a value, and not looked for in sentences.
     */
    public boolean isTelling() {
        return id.length() >= SHORTEST_IN_TEXTS && (id.length() >= SHORTEST_NUMBER_IN_TEXTS || !isNumber(id));
    }

    static boolean isNumber(String id) {
        return id.chars().allMatch(Character::isDigit);
    }

    /** Whether a text has the id as a word of its own, or is the id. */
    public boolean isIn(String text) {
        return text.equals(id)
                || isTelling() && text.contains(id) && word().matcher(text).find();
    }

    /** Whether some bytes, JSON or other texts, have the id in them as a word of its own; of those that do not, nothing has to be read. */
    public boolean mayBeIn(byte[] bytes) {
        var text = new String(bytes, UTF_8);
        return text.contains(id)
                && Pattern.compile("(?:(?<!" + WORD + ")|" + ESCAPED + ")" + Pattern.quote(id) + "(?!" + WORD + ")")
                        .matcher(text)
                        .find();
    }

    /** A text with the pseudonym in place of the id. */
    public String replaceIn(String text) {
        if (text.equals(id)) return pseudonym;
        return isTelling() && text.contains(id)
                ? word().matcher(text).replaceAll(Matcher.quoteReplacement(pseudonym))
                : text;
    }

    private Pattern word() {
        return Pattern.compile("(?<!" + WORD + ")" + Pattern.quote(id) + "(?!" + WORD + ")");
    }

    /** As a regular expression of PostgreSQL, for columns that are texts: the id as a word of its own, or as all there is. */
    String expression() {
        return isTelling() ? wordOf(quoted(id)) : "^" + quoted(id) + "$";
    }

    /** As {@link #expression}, for columns that are JSON. */
    String expressionInJson() {
        return isTelling() ? wordInJson(quoted(id)) : "(?<=\")" + quoted(id) + "(?=\")";
    }

    private static String wordOf(String expression) {
        return "(?<![[:alnum:]_-])" + expression + "(?![[:alnum:]_-])";
    }

    private static String wordInJson(String expression) {
        return "(?:(?<![[:alnum:]_-])|(?<=\\\\[bfnrt])|(?<=\\\\u[[:xdigit:]]{4}))" + expression + "(?![[:alnum:]_-])";
    }

    private static String quoted(String id) {
        return id.replaceAll("([^\\p{L}\\p{N}])", "\\\\$1");
    }
}
