package dev.caravan.sandbox.pimcore;

import static dev.caravan.sandbox.pimcore.PimcoreObject.FOLDER;

import dev.caravan.sandbox.pimcore.Definitions.Field;
import dev.caravan.sandbox.pimcore.Definitions.Kind;
import dev.caravan.sandbox.pimcore.Definitions.ObjectClass;
import dev.caravan.sandbox.pimcore.PimcoreObject.Item;
import java.text.Normalizer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * All objects, in memory. Objects are immutable and replaced as a whole; saving is one at a time, reading needs no lock. Text in a unique
 * field or a filter is compared as MariaDB's default collation does, without regard to case; keys and paths are compared exactly.
 */
final class ObjectTree {
    /** Order in which a sweep reads: by modification date, then id. */
    private record Modified(long date, long id) implements Comparable<Modified> {
        private static final Comparator<Modified> ORDER =
                Comparator.comparingLong(Modified::date).thenComparingLong(Modified::id);

        @Override
        public int compareTo(Modified other) {
            return ORDER.compare(this, other);
        }
    }

    private final Definitions definitions;
    private final Clock clock;
    private final Faults faults;
    private final Map<Long, PimcoreObject> byId = new ConcurrentHashMap<>();
    private final Map<String, Long> byPath = new ConcurrentHashMap<>();
    private final Map<Long, NavigableMap<String, Long>> children = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Long>> unique = new ConcurrentHashMap<>();
    private final Map<String, NavigableSet<Modified>> modified = new ConcurrentHashMap<>();
    private final Map<Long, Long> bornAt = new ConcurrentHashMap<>();
    private long lastId = 1;
    private volatile long revision;

    ObjectTree(Definitions definitions, Clock clock, Faults faults) {
        this.definitions = definitions;
        this.clock = clock;
        this.faults = faults;
        clear();
    }

    /** Back to an empty root folder. Ids go on counting. */
    synchronized void clear() {
        byId.clear();
        byPath.clear();
        children.clear();
        unique.clear();
        modified.clear();
        bornAt.clear();
        byId.put(1L, new PimcoreObject(1, 0, FOLDER, null, "", "/", true, now(), now(), 1, 0, Map.of()));
        byPath.put("/", 1L);
        revision++;
    }

    /** Counts up with every change. */
    long revision() {
        return revision;
    }

    Optional<PimcoreObject> byId(long id) {
        return Optional.ofNullable(byId.get(id));
    }

    Optional<PimcoreObject> byPath(String fullpath) {
        var id = byPath.get(correctPath(fullpath));
        return id == null ? Optional.empty() : byId(id);
    }

    /** The children in order of their keys. */
    List<PimcoreObject> children(long parentId) {
        var ids = children.get(parentId);
        return ids == null
                ? List.of()
                : ids.values().stream()
                        .map(byId::get)
                        .filter(child -> child != null)
                        .toList();
    }

    /** All objects of the class changed at that epoch second or later, in the order they changed. */
    List<PimcoreObject> modifiedSince(String className, long epochSecond) {
        var all = modified.get(className);
        if (all == null) return List.of();
        return all.tailSet(new Modified(epochSecond, 0)).stream()
                .map(entry -> byId.get(entry.id()))
                .filter(one -> one != null)
                .toList();
    }

    List<PimcoreObject> all() {
        return byId.values().stream()
                .sorted(Comparator.comparingLong(PimcoreObject::id))
                .toList();
    }

    /** The one that has this text in a unique field, and those below it that inherit it. */
    List<PimcoreObject> withUnique(ObjectClass type, Field field, String text) {
        var id = unique.getOrDefault(type.name() + "." + field.name(), Map.of()).get(folded(text));
        var found = new ArrayList<PimcoreObject>();
        if (id != null) byId(id).ifPresent(owner -> addWithHeirs(owner, field, found));
        return found;
    }

    private void addWithHeirs(PimcoreObject owner, Field field, Collection<PimcoreObject> into) {
        into.add(owner);
        for (var child : children(owner.id())) {
            if (owner.className().equals(child.className())
                    && isEmpty(child.values().get(field.name()))) addWithHeirs(child, field, into);
        }
    }

    /**
     * Saves a draft, as {@code $object->save()} does. A new object gets its id here and two versions, because Data Hub saves it twice.
     *
     * @param since the {@link #revision()} when the request began: who took the key later won a race
     * @throws Refused when the place is taken, a rule of the class is broken or a unique text exists
     */
    synchronized PimcoreObject save(Draft draft, boolean withVersion, long since) {
        var parent = byId(draft.parentId).orElseThrow(() -> new Refused("ParentID not found."));
        requireValidKey(draft);
        var fullpath = parent.pathOfChildren() + draft.key;
        var there = byPath.get(fullpath);
        if (there != null && there != draft.id) {
            throw new Refused(
                    bornAt.getOrDefault(there, 0L) > since
                            ? "unique constraint violation"
                            : "Duplicate full path [ " + fullpath + " ] - cannot save object");
        }
        var before = byId.get(draft.id);
        if (draft.id != 0 && before == null) throw new Refused("object " + draft.id + " was deleted meanwhile");
        if (draft.className != null) {
            var type = definitions.classes().get(draft.className);
            requireValid(draft, type);
            requireUnique(draft, type);
        }
        var saved = new PimcoreObject(
                before == null ? ++lastId : before.id(),
                parent.id(),
                draft.type,
                draft.className,
                draft.key,
                parent.pathOfChildren(),
                draft.published,
                before == null ? now() : before.creationDate(),
                now(),
                before == null ? (draft.className == null ? 1 : 2) : before.versions() + (withVersion ? 1 : 0),
                draft.userModification,
                draft.values);
        draft.id = saved.id();
        replace(before, saved);
        return saved;
    }

    /** Deletes the object and all below it, children first. */
    synchronized List<PimcoreObject> delete(long id) {
        var gone = new ArrayList<PimcoreObject>();
        for (var child : children(id)) gone.addAll(delete(child.id()));
        var object = byId.get(id);
        if (object != null) {
            forget(object);
            byId.remove(id);
            children.remove(id);
            bornAt.remove(id);
            gone.add(object);
            revision++;
        }
        return gone;
    }

    private void replace(PimcoreObject before, PimcoreObject after) {
        if (before != null) forget(before);
        byId.put(after.id(), after);
        byPath.put(after.fullpath(), after.id());
        children.computeIfAbsent(after.parentId(), parent -> new ConcurrentSkipListMap<>())
                .put(after.key(), after.id());
        if (after.className() != null) {
            modified.computeIfAbsent(after.className(), name -> new ConcurrentSkipListSet<>())
                    .add(new Modified(after.modificationDate(), after.id()));
            uniqueTexts(after).forEach((index, text) -> unique.computeIfAbsent(index, name -> new ConcurrentHashMap<>())
                    .put(text, after.id()));
        }
        revision++;
        if (before == null) bornAt.put(after.id(), revision);
        if (before != null && !before.fullpath().equals(after.fullpath()))
            children(after.id()).forEach(child -> moveBelow(after, child));
    }

    private void moveBelow(PimcoreObject parent, PimcoreObject child) {
        var moved = new PimcoreObject(
                child.id(),
                parent.id(),
                child.type(),
                child.className(),
                child.key(),
                parent.pathOfChildren(),
                child.published(),
                child.creationDate(),
                child.modificationDate(),
                child.versions(),
                child.userModification(),
                child.values());
        replace(child, moved);
    }

    private void forget(PimcoreObject object) {
        byPath.remove(object.fullpath());
        children.getOrDefault(object.parentId(), new ConcurrentSkipListMap<>()).remove(object.key());
        if (object.className() != null) {
            modified.get(object.className()).remove(new Modified(object.modificationDate(), object.id()));
            uniqueTexts(object).forEach((index, text) -> unique.get(index).remove(text));
        }
    }

    private Map<String, String> uniqueTexts(PimcoreObject object) {
        var texts = new HashMap<String, String>();
        for (var field : definitions.classes().get(object.className()).fields().values()) {
            var value = object.values().get(field.name());
            if (field.unique() && value != null)
                texts.put(object.className() + "." + field.name(), folded(value.toString()));
        }
        return texts;
    }

    private void requireUnique(Draft draft, ObjectClass type) {
        for (var field : type.fields().values()) {
            var value = draft.values.get(field.name());
            if (!field.unique() || value == null) continue;
            var owner = unique.getOrDefault(type.name() + "." + field.name(), Map.of())
                    .get(folded(value.toString()));
            if (owner != null && owner != draft.id) throw new Refused("unique constraint violation");
        }
    }

    private void requireValid(Draft draft, ObjectClass type) {
        var broken = new ArrayList<String>();
        for (var field : type.fields().values()) {
            var value = draft.values.get(field.name());
            if (field.mandatory()
                    && !draft.omitsMandatoryCheck()
                    && isEmpty(value)
                    && isEmpty(inheritedByDraft(draft, type, field))) {
                broken.add("Empty mandatory field [ " + field.name() + " ]"
                        + (type.inherits() ? " fieldname=" + field.name() : ""));
            } else {
                broken.addAll(tooLong(field, value, !draft.omitsMandatoryCheck()));
            }
        }
        faults.rejection((String) draft.values.get("externalId")).ifPresent(broken::add);
        if (!broken.isEmpty()) throw new Refused("Validation failed: " + String.join(" / ", broken));
        type.fields().values().forEach(field -> requireFits(field, draft.values.get(field.name())));
    }

    private Object inheritedByDraft(Draft draft, ObjectClass type, Field field) {
        var parent = byId.get(draft.parentId);
        return type.inherits() && parent != null ? inherited(type, field, parent) : null;
    }

    /** The value of the nearest object of that class from here upwards that has one, or null. Field collections do not inherit. */
    Object inherited(ObjectClass type, Field field, PimcoreObject from) {
        for (var at = from; at != null && field.kind() != Kind.FIELDCOLLECTIONS; at = byId.get(at.parentId())) {
            if (!type.name().equals(at.className())) continue;
            var value = at.values().get(field.name());
            if (!isEmpty(value)) return value;
        }
        return null;
    }

    private List<String> tooLong(Field field, Object value, boolean checkItems) {
        if (value instanceof String text) return longer(field, text) ? List.of(tooLongMessage(field)) : List.of();
        if (value instanceof Map<?, ?> texts) {
            return texts.values().stream().anyMatch(text -> longer(field, (String) text))
                    ? List.of(tooLongMessage(field))
                    : List.of();
        }
        if (field.kind() != Kind.FIELDCOLLECTIONS || value == null || !checkItems) return List.of();
        var broken = new ArrayList<String>();
        eachItemText(field, value, (inner, text, place) -> {
            if (longer(inner, text)) broken.add(tooLongMessage(inner) + "[ " + field.name() + "-" + place + " ]");
        });
        return broken;
    }

    /** Entries of a field collection of an unpublished object are not validated: what is too long fails only in the database. */
    private void requireFits(Field field, Object value) {
        if (field.kind() != Kind.FIELDCOLLECTIONS || value == null) return;
        eachItemText(field, value, (inner, text, place) -> {
            if (longer(inner, text)) {
                throw new Refused(
                        "An exception occurred while executing a query: SQLSTATE[22001]: String data, right truncated: 1406 "
                                + "Data too long for column '" + inner.name() + "' at row 1");
            }
        });
    }

    private interface ItemText {
        void at(Field inner, String text, int place);
    }

    private void eachItemText(Field field, Object value, ItemText action) {
        int place = 0;
        for (var entry : (List<?>) value) {
            var item = (Item) entry;
            for (var inner :
                    definitions.collections().get(item.collection()).fields().values()) {
                if (item.values().get(inner.name()) instanceof String text) action.at(inner, text, place);
            }
            place++;
        }
    }

    private static boolean longer(Field field, String text) {
        return text != null && field.columnLength() > 0 && text.codePointCount(0, text.length()) > field.columnLength();
    }

    private static String tooLongMessage(Field field) {
        return "Value in field [ " + field.name() + " ] is longer than " + field.columnLength() + " characters";
    }

    private static void requireValidKey(Draft draft) {
        if (draft.key == null || draft.key.isEmpty() || !draft.key.equals(validKey(draft.key))) {
            throw new Refused("invalid key for object with id [ " + (draft.id == 0 ? "" : draft.id) + " ] key is: ["
                    + draft.key + "]");
        }
    }

    /** What {@code createX} makes of a key: no slash, no angle brackets, no characters beyond the basic plane, no blanks around. */
    static String validKey(String key) {
        var safe = key.strip().replaceAll("[\\x{10000}-\\x{10FFFF}\\u200e\\u200f/<>]", "-");
        return safe.codePointCount(0, safe.length()) > 255 ? safe.substring(0, safe.offsetByCodePoints(0, 255)) : safe;
    }

    static boolean isEmpty(Object value) {
        return value == null || value.equals("") || value instanceof Collection<?> many && many.isEmpty();
    }

    /** Text as the database compares it. */
    static String folded(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC)
                .toLowerCase(Locale.ROOT)
                .stripTrailing();
    }

    private static String correctPath(String path) {
        var trimmed = path.strip();
        return trimmed.length() > 1 && trimmed.endsWith("/") ? trimmed.substring(0, trimmed.length() - 1) : trimmed;
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
