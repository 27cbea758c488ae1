package dev.caravan.sandbox.pimcore;

import dev.caravan.sandbox.pimcore.Definitions.Field;
import dev.caravan.sandbox.pimcore.Definitions.ObjectClass;
import dev.caravan.sandbox.pimcore.PimcoreObject.Item;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One request to Pimcore: the objects it has in memory, what it changed, and whether its process died. Used by one thread.
 */
final class Session {
    /** What a webhook tells of an object: the last event of the request, and the object as it then was. */
    record Change(String event, PimcoreObject object) {}

    /** A mutation's answer; {@code object} is null unless it succeeded. */
    record Outcome(boolean success, String message, PimcoreObject object) {
        static Outcome refused(String why) {
            return new Outcome(false, why, null);
        }
    }

    private final Definitions definitions;
    private final ObjectTree tree;
    private final Faults faults;
    private final CounterSet counters;
    private final long since;
    private final Map<Long, Draft> drafts = new HashMap<>();
    private final Map<Long, Change> changes = new LinkedHashMap<>();
    private boolean dead;

    Session(Definitions definitions, ObjectTree tree, Faults faults, CounterSet counters) {
        this.definitions = definitions;
        this.tree = tree;
        this.faults = faults;
        this.counters = counters;
        this.since = tree.revision();
    }

    /** What has to be told of, one change for each object, in the order they were first changed. */
    Collection<Change> changes() {
        return changes.values();
    }

    /** Whether the process died on the way, so that nobody gets an answer. */
    boolean dead() {
        return dead;
    }

    Outcome create(ObjectClass type, Map<String, Object> arguments) {
        counters.mutations.increment();
        var parent = parent(arguments);
        if (parent.isEmpty()) return refused("unable to resolve parent");
        var draft = new Draft(type.name());
        draft.parentId = parent.get().id();
        draft.key = ObjectTree.validKey((String) arguments.get("key"));
        draft.published = !Boolean.FALSE.equals(arguments.get("published"));
        if (PimcoreObject.VARIANT.equals(arguments.get("type"))) draft.type = PimcoreObject.VARIANT;
        try {
            var created = write(draft, type, arguments);
            counters.created.increment();
            return new Outcome(true, "object created: " + created.id(), created);
        } catch (Refused e) {
            return refused(e.getMessage());
        }
    }

    Outcome update(ObjectClass type, Map<String, Object> arguments) {
        counters.mutations.increment();
        try {
            var target = target(arguments).filter(object -> type.name().equals(object.className()));
            if (target.isEmpty()) return refused("unable to update object. Unknown id or fullpath");
            var draft = drafts.computeIfAbsent(target.get().id(), id -> Draft.of(target.get()));
            if (arguments.get("parentId") instanceof Integer parent) draft.parentId = parent;
            var updated = write(draft, type, arguments);
            counters.updated.increment();
            return new Outcome(true, "object " + updated.id() + " updated", updated);
        } catch (Refused e) {
            return refused(e.getMessage());
        }
    }

    Outcome delete(Map<String, Object> arguments) {
        counters.mutations.increment();
        try {
            var target = target(arguments);
            if (target.isEmpty()) return refused("unable to delete object. Unknown id or fullpath");
            requireAlive();
            for (var gone : tree.delete(target.get().id())) {
                counters.deleted.increment();
                drafts.remove(gone.id());
                changes.put(gone.id(), new Change("pimcore.dataobject.postDelete", gone));
            }
            return new Outcome(true, "", null);
        } catch (Refused e) {
            return refused(e.getMessage());
        }
    }

    /** @throws Refused when the place is taken, which Data Hub does not catch for folders */
    Outcome createFolder(Map<String, Object> arguments) {
        counters.mutations.increment();
        var parent = parent(arguments);
        if (parent.isEmpty()) return refused("unable to resolve parent");
        var draft = new Draft(null);
        draft.type = PimcoreObject.FOLDER;
        draft.parentId = parent.get().id();
        draft.key = (String) arguments.get("key");
        requireAlive();
        var created = tree.save(draft, true, since);
        counters.created.increment();
        return new Outcome(true, "folder created: " + created.id(), created);
    }

    @SuppressWarnings("unchecked")
    private PimcoreObject write(Draft draft, ObjectClass type, Map<String, Object> arguments) {
        requireAlive();
        if (arguments.get("omitMandatoryCheck") instanceof Boolean omit) draft.omitMandatoryCheck = omit;
        var language = (String) arguments.getOrDefault(
                "defaultLanguage", definitions.languages().get(0));
        apply(draft, type, (Map<String, Object>) arguments.getOrDefault("input", Map.of()), language);
        if (arguments.get("userId") instanceof Integer user) draft.userModification = user;
        var saved = tree.save(draft, !Boolean.TRUE.equals(arguments.get("omitVersionCreate")), since);
        drafts.put(saved.id(), draft);
        changes.put(saved.id(), new Change("pimcore.dataobject.postUpdate", saved));
        counters.objectsWritten.increment();
        if (faults.diesAfterObject()) dead = true;
        if (faults.subscriberThrows()) throw new Refused("subscriber failed");
        return saved;
    }

    private void apply(Draft draft, ObjectClass type, Map<String, Object> input, String language) {
        input.forEach((name, value) -> {
            switch (name) {
                case "published" -> draft.published = Boolean.TRUE.equals(value);
                case "key" -> draft.key = (String) value;
                case "tags" -> requireNoTags(value);
                default -> {
                    var field = type.field(name).orElseThrow();
                    draft.values.put(
                            name,
                            field.localized() ? texts(draft, field, value, language) : value(draft, field, value));
                }
            }
        });
    }

    private static void requireNoTags(Object value) {
        if (value instanceof List<?> tags && !tags.isEmpty()) {
            throw new Refused("no \"id\" nor \"path\" tag data defined for tag, or tag not found");
        }
    }

    private static Map<String, String> texts(Draft draft, Field field, Object value, String language) {
        var texts = new LinkedHashMap<String, String>();
        if (draft.values.get(field.name()) instanceof Map<?, ?> before) {
            before.forEach((tongue, text) -> texts.put((String) tongue, (String) text));
        }
        if (value instanceof Map<?, ?> collected) {
            collected.forEach((tongue, text) -> texts.put((String) tongue, (String) text));
        } else {
            texts.put(language, (String) value);
        }
        return texts;
    }

    private Object value(Draft draft, Field field, Object value) {
        return switch (field.kind()) {
            case INPUT, TEXTAREA -> value;
            case EXTERNAL_IMAGE -> value == null ? "" : value;
            case NUMERIC -> number(field, value);
            case MANY_TO_MANY_OBJECT_RELATION -> related((List<?>) value);
            case FIELDCOLLECTIONS -> items(draft, field, (Map<?, ?>) value);
        };
    }

    /** A decimal keeps 14 significant digits, silently: PHP's precision. */
    private static Object number(Field field, Object value) {
        if (value == null || field.integer()) return value;
        return new BigDecimal(value.toString()).round(new MathContext(14));
    }

    private List<Long> related(List<?> descriptors) {
        var ids = new ArrayList<Long>();
        for (var one : descriptors == null ? List.of() : descriptors) {
            var descriptor = (Map<?, ?>) one;
            if (descriptor.get("type") != null && !"object".equals(descriptor.get("type")))
                throw new Refused("expected object type");
            var id = (Integer) descriptor.get("id");
            var fullpath = (String) descriptor.get("fullpath");
            var found = id != null
                    ? tree.byId(id)
                    : fullpath != null ? tree.byPath(fullpath) : Optional.<PimcoreObject>empty();
            ids.add(found.orElseThrow(() -> new Refused("Element with id " + (id == null ? "" : id) + " or fullpath "
                            + (fullpath == null ? "" : fullpath) + " not found"))
                    .id());
        }
        return List.copyOf(ids);
    }

    private List<Item> items(Draft draft, Field field, Map<?, ?> input) {
        var items = new TreeMap<Integer, Item>();
        if (input == null) return List.of();
        if (!Boolean.TRUE.equals(input.get("replace")) && draft.values.get(field.name()) instanceof List<?> before) {
            before.forEach(item -> items.put(((Item) item).index(), (Item) item));
        }
        int next = 0;
        for (var group : input.get("items") instanceof Map<?, ?> groups
                ? groups.entrySet()
                : Map.of().entrySet()) {
            var collection = (String) group.getKey();
            for (var entry : group.getValue() instanceof List<?> entries ? entries : List.of()) {
                var given = (Map<?, ?>) entry;
                var index = given.containsKey("index") && given.get("index") != null
                        ? (Integer) given.get("index")
                        : next++;
                var before = items.get(index);
                var values = new LinkedHashMap<String, Object>(
                        before != null && before.collection().equals(collection) ? before.values() : Map.of());
                definitions.collections().get(collection).fields().forEach((name, inner) -> {
                    if (given.containsKey(name)) values.put(name, value(draft, inner, given.get(name)));
                });
                items.put(index, new Item(collection, index, values));
            }
        }
        return List.copyOf(items.values());
    }

    private Optional<PimcoreObject> parent(Map<String, Object> arguments) {
        if (arguments.get("parentId") instanceof Integer id) return tree.byId(id);
        return arguments.get("path") instanceof String path ? tree.byPath(path) : Optional.empty();
    }

    private Optional<PimcoreObject> target(Map<String, Object> arguments) {
        var id = (Integer) arguments.get("id");
        var fullpath = (String) arguments.get("fullpath");
        if (id != null && fullpath != null) throw new Refused("either id or fullpath expected but not both");
        if (id == null && fullpath == null) throw new Refused("either id or fullpath expected");
        return id != null ? tree.byId(id) : tree.byPath(fullpath);
    }

    private Outcome refused(String why) {
        counters.refused.increment();
        return Outcome.refused(why);
    }

    private void requireAlive() {
        if (dead) throw new IllegalStateException("this request's process is dead");
    }
}
