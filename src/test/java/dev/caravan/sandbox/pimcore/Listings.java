package dev.caravan.sandbox.pimcore;

import dev.caravan.sandbox.pimcore.Definitions.Field;
import dev.caravan.sandbox.pimcore.Definitions.Kind;
import dev.caravan.sandbox.pimcore.Definitions.ObjectClass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * {@code getXListing}: objects and variants of a class, published ones unless told otherwise, filtered, sorted, a page at a time. What was
 * found is kept until something changes, so that going through the pages does not search again for each.
 */
final class Listings {
    private static final int KEPT = 32;
    private static final Set<String> SYSTEM_COLUMNS = Set.of(
            "id",
            "parentId",
            "type",
            "key",
            "path",
            "published",
            "creationDate",
            "modificationDate",
            "userModification",
            "className",
            "versionCount");

    /** What is asked for, paging apart. */
    private record Question(
            String className,
            String ids,
            String fullpaths,
            String filter,
            boolean unpublishedToo,
            List<String> sortBy,
            List<String> sortOrder,
            String language) {}

    private record Found(long revision, List<PimcoreObject> objects) {}

    /** A listing as asked for; the search runs when its count or its edges are read. */
    final class Page {
        private final ObjectClass type;
        private final Question question;
        private final Filter filter;
        private final int first;
        private final int after;

        private Page(ObjectClass type, Question question, Filter filter, int first, int after) {
            this.type = type;
            this.question = question;
            this.filter = filter;
            this.first = first;
            this.after = after;
        }

        int totalCount() {
            return find(type, question, filter).size();
        }

        List<PimcoreObject> objects() {
            var all = find(type, question, filter);
            var from = Math.min(after, all.size());
            return all.subList(from, first == 0 ? all.size() : (int) Math.min((long) from + first, all.size()));
        }

        String language() {
            return question.language();
        }
    }

    private final Definitions definitions;
    private final ObjectTree tree;
    private final Reader reader;
    private final Map<Question, Found> kept = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, Found> eldest) {
            return size() > KEPT;
        }
    };

    Listings(Definitions definitions, ObjectTree tree, Reader reader) {
        this.definitions = definitions;
        this.tree = tree;
        this.reader = reader;
    }

    /** @throws Refused when the filter cannot be decoded */
    @SuppressWarnings("unchecked")
    Page page(ObjectClass type, Map<String, Object> arguments) {
        var filter = (String) arguments.get("filter");
        var question = new Question(
                type.name(),
                (String) arguments.get("ids"),
                (String) arguments.get("fullpaths"),
                filter,
                Boolean.FALSE.equals(arguments.get("published")),
                (List<String>) arguments.getOrDefault("sortBy", List.of()),
                (List<String>) arguments.getOrDefault("sortOrder", List.of()),
                (String) arguments.getOrDefault(
                        "defaultLanguage", definitions.languages().get(0)));
        return new Page(
                type,
                question,
                filter == null ? null : Filter.parse(filter),
                (Integer) arguments.getOrDefault("first", 0),
                (Integer) arguments.getOrDefault("after", 0));
    }

    private List<PimcoreObject> find(ObjectClass type, Question question, Filter filter) {
        var revision = tree.revision();
        synchronized (kept) {
            var before = kept.get(question);
            if (before != null && before.revision() == revision) return before.objects();
        }
        var found = search(type, question, filter);
        synchronized (kept) {
            kept.put(question, new Found(revision, found));
        }
        return found;
    }

    private List<PimcoreObject> search(ObjectClass type, Question question, Filter filter) {
        var columns = columns(type, question.language());
        requireColumns(type, filter, question.sortBy());
        var found = new ArrayList<PimcoreObject>();
        for (var candidate : candidates(type, question, filter)) {
            if (type.name().equals(candidate.className())
                    && (question.unpublishedToo() || candidate.published())
                    && (filter == null || filter.matches(candidate, columns))) {
                found.add(candidate);
            }
        }
        found.sort(order(question, columns));
        return found;
    }

    /** The fewest objects that are sure to hold all that pass: by path, id, unique text or modification date where the question allows. */
    private Iterable<PimcoreObject> candidates(ObjectClass type, Question question, Filter filter) {
        if (question.fullpaths() != null) return named(question.fullpaths(), tree::byPath);
        if (question.ids() != null) return named(question.ids(), this::byIdInText);
        if (filter == null) return tree.modifiedSince(type.name(), 0);
        for (var field : type.fields().values()) {
            var texts = field.unique() ? filter.mustEqual(field.name()) : Optional.<List<String>>empty();
            if (texts.isPresent()) {
                var owners = new LinkedHashSet<PimcoreObject>();
                texts.get().forEach(text -> owners.addAll(tree.withUnique(type, field, text)));
                return owners;
            }
        }
        return tree.modifiedSince(type.name(), filter.modifiedSince().orElse(0L));
    }

    private Optional<PimcoreObject> byIdInText(String id) {
        return id.matches("\\d{1,18}") ? tree.byId(Long.parseLong(id)) : Optional.empty();
    }

    private static Iterable<PimcoreObject> named(
            String commaSeparated, Function<String, Optional<PimcoreObject>> finder) {
        var named = new LinkedHashSet<PimcoreObject>();
        unquoted(commaSeparated).forEach(name -> finder.apply(name).ifPresent(named::add));
        return named;
    }

    /** Names between commas, each perhaps in apostrophes; a doubled apostrophe within them is one. */
    private static List<String> unquoted(String commaSeparated) {
        var names = new ArrayList<String>();
        var name = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < commaSeparated.length(); i++) {
            char c = commaSeparated.charAt(i);
            if (c == '\'' && quoted && commaSeparated.startsWith("''", i)) {
                name.append(c);
                i++;
            } else if (c == '\'') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                names.add(name.toString().strip());
                name.setLength(0);
            } else {
                name.append(c);
            }
        }
        names.add(name.toString().strip());
        return names;
    }

    private static Comparator<PimcoreObject> order(Question question, Filter.Columns columns) {
        if (question.sortBy().isEmpty()) {
            return question.fullpaths() == null
                    ? Comparator.comparingLong(PimcoreObject::id)
                    : Comparator.comparing(PimcoreObject::fullpath);
        }
        Comparator<PimcoreObject> order = null;
        for (int i = 0; i < question.sortBy().size(); i++) {
            var column = question.sortBy().get(i);
            var next = Comparator.<PimcoreObject, Comparable<Object>>comparing(
                    object -> comparable(columns.get(object, column)),
                    Comparator.nullsFirst(Comparator.naturalOrder()));
            if (i < question.sortOrder().size()
                    && "DESC".equalsIgnoreCase(question.sortOrder().get(i))) next = next.reversed();
            order = order == null ? next : order.thenComparing(next);
        }
        return order;
    }

    @SuppressWarnings("unchecked")
    private static Comparable<Object> comparable(Object value) {
        return (Comparable<Object>) (value instanceof String text ? ObjectTree.folded(text) : value);
    }

    private void requireColumns(ObjectClass type, Filter filter, List<String> sortBy) {
        sortBy.forEach(column -> requireColumn(type, column));
        if (filter instanceof Filter.All all) all.parts().forEach(part -> requireColumns(type, part, List.of()));
        if (filter instanceof Filter.Any any) any.parts().forEach(part -> requireColumns(type, part, List.of()));
        if (filter instanceof Filter.Compare compare) requireColumn(type, compare.column());
    }

    private static void requireColumn(ObjectClass type, String column) {
        var stored = type.field(column)
                .filter(field -> field.kind() != Kind.FIELDCOLLECTIONS)
                .isPresent();
        if (!stored && !SYSTEM_COLUMNS.contains(column)) throw new IllegalStateException("unknown column " + column);
    }

    private Filter.Columns columns(ObjectClass type, String language) {
        return (object, column) -> switch (column) {
            case "id" -> object.id();
            case "parentId" -> object.parentId();
            case "type" -> object.type();
            case "key" -> object.key();
            case "path" -> object.path();
            case "published" -> object.published();
            case "creationDate" -> object.creationDate();
            case "modificationDate" -> object.modificationDate();
            case "userModification" -> object.userModification();
            case "className" -> object.className();
            case "versionCount" -> object.versions();
            default -> stored(object, type.field(column).orElseThrow(), language);
        };
    }

    private Object stored(PimcoreObject object, Field field, String language) {
        var value = reader.read(object, field, language);
        if (!(value instanceof List<?> related)) return value;
        var ids = new StringBuilder(",");
        related.forEach(one -> ids.append(((PimcoreObject) one).id()).append(','));
        return ids.toString();
    }
}
