package dev.caravan.sandbox.pimcore;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A data object or folder as it was saved last. Values are the object's own: what it inherits is not among them.
 *
 * @param id               counted from 2; 1 is the root folder
 * @param parentId         0 for the root folder
 * @param type             {@code object}, {@code variant} or {@code folder}
 * @param className        such as {@code Product}; null for a folder
 * @param key              last part of the full path
 * @param path             full path of the parent with a slash behind
 * @param creationDate     epoch seconds
 * @param modificationDate epoch seconds
 * @param versions         how often it was saved with a version
 * @param userModification who saved it last, 0 for nobody in particular
 * @param values           by field: text, whole or decimal number, ids of related objects, {@link Item}s, or a map from language to text
 */
public record PimcoreObject(
        long id,
        long parentId,
        String type,
        String className,
        String key,
        String path,
        boolean published,
        long creationDate,
        long modificationDate,
        int versions,
        int userModification,
        Map<String, Object> values) {
    static final String FOLDER = "folder";
    static final String VARIANT = "variant";
    static final String OBJECT = "object";

    public PimcoreObject {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /**
     * One entry of a field collection.
     *
     * @param collection such as {@code ProductImage}
     * @param index      its place
     */
    public record Item(String collection, int index, Map<String, Object> values) {
        public Item {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }
    }

    public String fullpath() {
        return path + key;
    }

    public boolean isVariant() {
        return VARIANT.equals(type);
    }

    /** The object's own text or number in this field as text, null when it has none. */
    public String text(String field) {
        var value = values.get(field);
        return value == null ? null : value.toString();
    }

    /** The object's own text of a localized field, null when it has none in that language. */
    public String text(String field, String language) {
        return values.get(field) instanceof Map<?, ?> texts ? (String) texts.get(language) : null;
    }

    /** The entries of a field collection in order, empty when it has none. */
    @SuppressWarnings("unchecked")
    public List<Item> items(String field) {
        return (List<Item>) values.getOrDefault(field, List.of());
    }

    /** Where its children live: the full path with a slash behind. */
    String pathOfChildren() {
        return id == 1 ? "/" : fullpath() + "/";
    }
}
