package dev.caravan.sandbox.pimcore;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An object in the memory of one request: loaded or new, changed, perhaps not saved. As in PHP, one request has one of each object, so
 * what a failed mutation left in it is still there for the next mutation of the same request.
 */
final class Draft {
    /** 0 until saved for the first time. */
    long id;

    long parentId;
    String type = PimcoreObject.OBJECT;
    final String className;
    String key;
    boolean published = true;
    int userModification;
    /** Null: checked when published. */
    Boolean omitMandatoryCheck;

    final Map<String, Object> values = new LinkedHashMap<>();

    Draft(String className) {
        this.className = className;
    }

    static Draft of(PimcoreObject object) {
        var draft = new Draft(object.className());
        draft.id = object.id();
        draft.parentId = object.parentId();
        draft.type = object.type();
        draft.key = object.key();
        draft.published = object.published();
        draft.userModification = object.userModification();
        draft.values.putAll(object.values());
        return draft;
    }

    boolean omitsMandatoryCheck() {
        return omitMandatoryCheck == null ? !published : omitMandatoryCheck;
    }
}
