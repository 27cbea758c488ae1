package dev.caravan.records;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.AbstractKeyword;
import com.networknt.schema.BaseJsonValidator;
import com.networknt.schema.ErrorMessageType;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonValidator;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.ValidationContext;
import com.networknt.schema.ValidationMessage;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * {@code "x-unique": "/sku_code"} on an array: no two of its items have the same value there. Items without one do not count. Each repeat
 * is reported where it stands.
 */
final class UniqueKeyword extends AbstractKeyword {
    static final String NAME = "x-unique";

    UniqueKeyword() {
        super(NAME);
    }

    @Override
    public JsonValidator newValidator(
            SchemaLocation schemaLocation,
            JsonNodePath evaluationPath,
            JsonNode schemaNode,
            JsonSchema parentSchema,
            ValidationContext context) {
        return new Validator(schemaLocation, evaluationPath, schemaNode, parentSchema, this, context);
    }

    private static final class Validator extends BaseJsonValidator {
        private static final ErrorMessageType REPEATED = () -> NAME;
        private final JsonPointer pointer;

        Validator(
                SchemaLocation schemaLocation,
                JsonNodePath evaluationPath,
                JsonNode schemaNode,
                JsonSchema parentSchema,
                UniqueKeyword keyword,
                ValidationContext context) {
            super(schemaLocation, evaluationPath, schemaNode, parentSchema, REPEATED, keyword, context, false);
            pointer = JsonPointer.compile(schemaNode.asText());
        }

        @Override
        public Set<ValidationMessage> validate(
                ExecutionContext execution, JsonNode node, JsonNode root, JsonNodePath location) {
            if (!node.isArray()) return Set.of();
            var seen = new HashSet<JsonNode>();
            var repeats = new LinkedHashSet<ValidationMessage>();
            for (int i = 0; i < node.size(); i++) {
                var value = node.get(i).at(pointer);
                if (value.isMissingNode() || value.isNull() || seen.add(value)) continue;
                var path = location.append(i);
                for (var at = pointer; !at.matches(); at = at.tail()) path = path.append(at.getMatchingProperty());
                repeats.add(message()
                        .instanceNode(value)
                        .instanceLocation(path)
                        .message("repeated")
                        .build());
            }
            return repeats;
        }
    }
}
