package dev.caravan.sandbox.pimcore;

import dev.caravan.sandbox.pimcore.Definitions.Field;
import dev.caravan.sandbox.pimcore.Definitions.Kind;
import java.util.List;
import java.util.Map;

/** Reads values as Data Hub gives them out: inherited where the object has none, and in the fallback language where there is no text. */
final class Reader {
    private final Definitions definitions;
    private final ObjectTree tree;

    Reader(Definitions definitions, ObjectTree tree) {
        this.definitions = definitions;
        this.tree = tree;
    }

    /** Text, a number, {@link PimcoreObject}s or {@link PimcoreObject.Item}s; null where Pimcore gives null. */
    Object read(PimcoreObject object, Field field, String language) {
        if (field.localized()) return text(object, field, language);
        var own = object.values().get(field.name());
        var type = definitions.classes().get(object.className());
        var value = ObjectTree.isEmpty(own) && type.inherits() ? tree.inherited(type, field, object) : own;
        if (field.kind() == Kind.MANY_TO_MANY_OBJECT_RELATION) return related(value);
        return shown(field, value);
    }

    /** What a field of a collection's entry reads as. */
    static Object shown(Field field, Object value) {
        if (field.kind() == Kind.EXTERNAL_IMAGE) return value == null ? "" : value;
        return value instanceof List<?> many && many.isEmpty() ? null : value;
    }

    /** Unpublished objects are hidden in relations, as on every page Pimcore shows to the outside. */
    private List<PimcoreObject> related(Object ids) {
        if (!(ids instanceof List<?> many)) return null;
        var visible = many.stream()
                .flatMap(id -> tree.byId((Long) id).stream())
                .filter(PimcoreObject::published)
                .toList();
        return visible.isEmpty() ? null : visible;
    }

    private String text(PimcoreObject object, Field field, String language) {
        for (var tongue = language;
                tongue != null && !tongue.isEmpty();
                tongue = definitions.fallbacks().get(tongue)) {
            var text = inheritedText(object, field, tongue);
            if (text != null && !text.isEmpty()) return text;
        }
        return inheritedText(object, field, language);
    }

    private String inheritedText(PimcoreObject object, Field field, String language) {
        var type = definitions.classes().get(object.className());
        for (var at = object; at != null; at = tree.byId(at.parentId()).orElse(null)) {
            if (!type.name().equals(at.className())) continue;
            var text = at.values().get(field.name()) instanceof Map<?, ?> texts ? (String) texts.get(language) : null;
            if (!ObjectTree.isEmpty(text) || !type.inherits()) return text;
        }
        return null;
    }
}
