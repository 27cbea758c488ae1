package dev.caravan.sandbox.pimcore;

import static graphql.schema.GraphQLTypeUtil.simplePrint;

import com.fasterxml.jackson.databind.JsonNode;
import graphql.language.Argument;
import graphql.language.ArrayValue;
import graphql.language.AstPrinter;
import graphql.language.BooleanValue;
import graphql.language.Document;
import graphql.language.Field;
import graphql.language.FloatValue;
import graphql.language.FragmentDefinition;
import graphql.language.InlineFragment;
import graphql.language.IntValue;
import graphql.language.ListType;
import graphql.language.Node;
import graphql.language.NonNullType;
import graphql.language.NullValue;
import graphql.language.ObjectField;
import graphql.language.ObjectValue;
import graphql.language.OperationDefinition;
import graphql.language.OperationDefinition.Operation;
import graphql.language.SelectionSet;
import graphql.language.SourceLocation;
import graphql.language.StringValue;
import graphql.language.Type;
import graphql.language.TypeName;
import graphql.language.Value;
import graphql.language.VariableReference;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import graphql.schema.GraphQLUnionType;
import graphql.validation.Validator;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds what makes Data Hub refuse a whole request, and says it in the words of the library Data Hub uses (webonyx/graphql-php), because a
 * client has nothing else to go by. What is not checked here is left to graphql-java and comes out in its words.
 */
final class QueryCheck {
    private static final BigInteger MAX_INT = BigInteger.valueOf(Integer.MAX_VALUE);
    private static final BigInteger MIN_INT = BigInteger.valueOf(Integer.MIN_VALUE);

    private static final Pattern VARIABLE_PROBLEM = Pattern.compile("(Unused|Undefined) variable '(.+)'");

    private final GraphQLSchema schema;
    private final List<String> lines;
    private final List<GraphQlError> errors = new ArrayList<>();

    private QueryCheck(GraphQLSchema schema, String text) {
        this.schema = schema;
        this.lines = text.lines().toList();
    }

    /**
     * Empty when the query fits the schema, whatever its variables.
     *
     * @param text what the query was parsed from
     */
    static List<GraphQlError> check(Document query, String text, GraphQLSchema schema) {
        var check = new QueryCheck(schema, text);
        for (var operation : query.getDefinitionsOfType(OperationDefinition.class)) {
            var root =
                    operation.getOperation() == Operation.MUTATION ? schema.getMutationType() : schema.getQueryType();
            check.selections(operation.getSelectionSet(), root);
        }
        for (var fragment : query.getDefinitionsOfType(FragmentDefinition.class)) {
            check.selections(
                    fragment.getSelectionSet(),
                    schema.getType(fragment.getTypeCondition().getName()));
        }
        if (!check.errors.isEmpty()) return check.errors;
        return new Validator()
                .validateDocument(schema, query, Locale.ENGLISH).stream()
                        .map(error -> {
                            var location =
                                    error.getLocations().stream().findFirst().orElse(null);
                            return new GraphQlError(reworded(error.getMessage(), query), location, null);
                        })
                        .toList();
    }

    private static String reworded(String message, Document query) {
        var problem = VARIABLE_PROBLEM.matcher(message);
        if (!problem.find()) return message;
        var operation = query.getDefinitionsOfType(OperationDefinition.class).stream()
                .map(OperationDefinition::getName)
                .filter(Objects::nonNull)
                .findFirst();
        var unused = problem.group(1).equals("Unused");
        return "Variable \"$" + problem.group(2) + "\" is " + (unused ? "never used" : "not defined")
                + operation
                        .map(name -> (unused ? " in" : " by") + " operation \"" + name + "\"")
                        .orElse("") + ".";
    }

    /** Empty when the values fit the variables of the operation. */
    static List<GraphQlError> check(OperationDefinition operation, Map<String, JsonNode> values, GraphQLSchema schema) {
        var check = new QueryCheck(schema, "");
        for (var variable : operation.getVariableDefinitions()) {
            var name = variable.getName();
            var type = typeOf(variable.getType(), schema);
            var value = values.get(name);
            var required = type instanceof GraphQLNonNull && variable.getDefaultValue() == null;
            if (value == null && required) {
                check.add(
                        variable,
                        "Variable \"$" + name + "\" of required type \"" + simplePrint(type) + "\" was not provided.");
            } else if (value != null && value.isNull() && required) {
                check.add(
                        variable,
                        "Variable \"$" + name + "\" of non-null type \"" + simplePrint(type) + "\" must not be null.");
            } else if (value != null) {
                check.variable(name, variable, type, value, name);
            }
        }
        return check.errors;
    }

    private static GraphQLType typeOf(Type<?> type, GraphQLSchema schema) {
        if (type instanceof NonNullType nonNull) return GraphQLNonNull.nonNull(typeOf(nonNull.getType(), schema));
        if (type instanceof ListType list) return GraphQLList.list(typeOf(list.getType(), schema));
        return schema.getType(((TypeName) type).getName());
    }

    // Queries

    private void selections(SelectionSet selections, GraphQLType parent) {
        for (var selection : selections.getSelections()) {
            if (selection instanceof Field field) {
                field(field, parent);
            } else if (selection instanceof InlineFragment fragment) {
                var type = fragment.getTypeCondition() == null
                        ? parent
                        : schema.getType(fragment.getTypeCondition().getName());
                selections(fragment.getSelectionSet(), type);
            }
        }
    }

    private void field(Field field, GraphQLType parent) {
        if (parent == null || field.getName().startsWith("__")) return;
        var definition = parent instanceof GraphQLFieldsContainer container
                ? container.getFieldDefinition(field.getName())
                : null;
        if (definition == null) {
            var hint = parent instanceof GraphQLUnionType union
                    ? inlineFragments(union, field)
                    : alike(field.getName(), fieldNames(parent));
            add(
                    field,
                    "Cannot query field \"" + field.getName() + "\" on type \"" + ((GraphQLNamedType) parent).getName()
                            + "\"." + hint);
            return;
        }
        arguments(field, definition, ((GraphQLNamedType) parent).getName());
        var type = GraphQLTypeUtil.unwrapAll(definition.getType());
        var leaf = GraphQLTypeUtil.isLeaf(type);
        if (leaf && field.getSelectionSet() != null) {
            add(
                    field,
                    "Field \"" + field.getName() + "\" must not have a selection since type \""
                            + simplePrint(definition.getType()) + "\" has no subfields.");
        } else if (!leaf && field.getSelectionSet() == null) {
            add(
                    field,
                    "Field \"" + field.getName() + "\" of type \"" + simplePrint(definition.getType())
                            + "\" must have a selection of subfields. Did you mean \"" + field.getName()
                            + " { ... }\"?");
        } else if (!leaf) {
            selections(field.getSelectionSet(), type);
        }
    }

    private String inlineFragments(GraphQLUnionType union, Field field) {
        var having = union.getTypes().stream()
                .filter(type -> ((GraphQLObjectType) type).getFieldDefinition(field.getName()) != null)
                .map(GraphQLNamedType::getName)
                .toList();
        return having.isEmpty() ? "" : " Did you mean to use an inline fragment on " + quotedList(having) + "?";
    }

    private static List<String> fieldNames(GraphQLType type) {
        return ((GraphQLFieldsContainer) type)
                .getFieldDefinitions().stream()
                        .map(GraphQLFieldDefinition::getName)
                        .toList();
    }

    private void arguments(Field field, GraphQLFieldDefinition definition, String parent) {
        for (var argument : field.getArguments()) {
            var known = definition.getArgument(argument.getName());
            if (known == null) {
                var names = definition.getArguments().stream()
                        .map(one -> one.getName())
                        .toList();
                var name = argument.getName();
                add(
                        argument,
                        "Unknown argument \"" + name + "\" on field \"" + field.getName() + "\" of type \"" + parent
                                + "\"." + alike(name, names));
            } else {
                literal(argument.getValue(), known.getType());
            }
        }
        var given = field.getArguments().stream().map(Argument::getName).toList();
        for (var argument : definition.getArguments()) {
            if (argument.getType() instanceof GraphQLNonNull && !given.contains(argument.getName())) {
                add(
                        field,
                        "Field \"" + field.getName() + "\" argument \"" + argument.getName() + "\" of type \""
                                + simplePrint(argument.getType()) + "\" is required but not provided.");
            }
        }
    }

    private void literal(Value<?> value, GraphQLType type) {
        if (value instanceof VariableReference) return;
        if (value instanceof NullValue) {
            if (type instanceof GraphQLNonNull)
                add(value, "Expected value of type \"" + simplePrint(type) + "\", found null.");
        } else if (type instanceof GraphQLNonNull nonNull) {
            literal(value, nonNull.getWrappedType());
        } else if (type instanceof GraphQLList list) {
            var items = value instanceof ArrayValue array ? array.getValues() : List.<Value>of(value);
            items.forEach(item -> literal(item, list.getWrappedType()));
        } else if (type instanceof GraphQLInputObjectType object) {
            if (!(value instanceof ObjectValue fields)) {
                add(value, "Expected value of type \"" + object.getName() + "\", found " + printed(value) + ".");
                return;
            }
            for (var field : fields.getObjectFields()) {
                var known = object.getFieldDefinition(field.getName());
                if (known == null) {
                    errors.add(new GraphQlError(notDefined(field.getName(), object), nameOf(field), null));
                } else {
                    literal(field.getValue(), known.getType());
                }
            }
        } else {
            var problem = literalProblem(value, ((GraphQLNamedType) type).getName());
            if (problem != null) add(value, problem);
        }
    }

    /** Where the field's name is: the parser only tells where its value is. */
    private SourceLocation nameOf(ObjectField field) {
        var value = field.getValue().getSourceLocation();
        var before = lines.get(value.getLine() - 1).substring(0, value.getColumn() - 1);
        var name = before.lastIndexOf(field.getName());
        return name < 0 ? value : new SourceLocation(value.getLine(), name + 1);
    }

    private static String literalProblem(Value<?> value, String scalar) {
        var printed = printed(value);
        return switch (scalar) {
            case "Int" ->
                value instanceof IntValue number
                        ? intProblem(number.getValue())
                        : "Int cannot represent non-integer value: " + printed;
            case "Float" ->
                value instanceof IntValue || value instanceof FloatValue
                        ? null
                        : "Float cannot represent non numeric value: " + printed;
            case "Boolean" ->
                value instanceof BooleanValue ? null : "Boolean cannot represent a non boolean value: " + printed;
            case "String" ->
                value instanceof StringValue ? null : "String cannot represent a non string value: " + printed;
            default -> null;
        };
    }

    private static String printed(Value<?> value) {
        return AstPrinter.printAstCompact(value);
    }

    // Variables

    private void variable(String name, Node<?> at, GraphQLType type, JsonNode value, String path) {
        if (value.isNull()) {
            if (type instanceof GraphQLNonNull) {
                wrong(
                        name,
                        at,
                        value,
                        path,
                        "Expected non-nullable type \"" + simplePrint(type) + "\" not to be null.");
            }
        } else if (type instanceof GraphQLNonNull nonNull) {
            variable(name, at, nonNull.getWrappedType(), value, path);
        } else if (type instanceof GraphQLList list) {
            if (!value.isArray()) variable(name, at, list.getWrappedType(), value, path);
            for (int i = 0; value.isArray() && i < value.size(); i++) {
                variable(name, at, list.getWrappedType(), value.get(i), path + "[" + i + "]");
            }
        } else if (type instanceof GraphQLInputObjectType object) {
            if (!value.isObject()) {
                wrong(name, at, value, path, "Expected type \"" + object.getName() + "\" to be an object.");
                return;
            }
            value.properties().forEach(entry -> {
                var known = object.getFieldDefinition(entry.getKey());
                if (known == null) {
                    wrong(name, at, value, path, notDefined(entry.getKey(), object));
                } else {
                    variable(name, at, known.getType(), entry.getValue(), path + "." + entry.getKey());
                }
            });
        } else {
            var problem = valueProblem(value, ((GraphQLNamedType) type).getName());
            if (problem != null) wrong(name, at, value, path, problem);
        }
    }

    private void wrong(String name, Node<?> at, JsonNode value, String path, String problem) {
        var where = path.equals(name) ? "" : " at \"" + path + "\"";
        add(at, "Variable \"$" + name + "\" got invalid value " + value + where + "; " + problem);
    }

    private static String valueProblem(JsonNode value, String scalar) {
        return switch (scalar) {
            case "Int" ->
                value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0
                        ? intProblem(value.decimalValue().toBigInteger())
                        : "Int cannot represent non-integer value: " + value;
            case "Float" -> value.isNumber() ? null : "Float cannot represent non numeric value: " + value;
            case "Boolean" -> value.isBoolean() ? null : "Boolean cannot represent a non boolean value: " + value;
            case "String" -> value.isTextual() ? null : "String cannot represent a non string value: " + value;
            default -> null;
        };
    }

    // Words

    private static String intProblem(BigInteger number) {
        return number.compareTo(MIN_INT) < 0 || number.compareTo(MAX_INT) > 0
                ? "Int cannot represent non 32-bit signed integer value: " + number
                : null;
    }

    private static String notDefined(String field, GraphQLInputObjectType object) {
        var names = object.getFieldDefinitions().stream()
                .map(GraphQLInputObjectField::getName)
                .toList();
        return "Field \"" + field + "\" is not defined by type \"" + object.getName() + "\"." + alike(field, names);
    }

    /** A question for what may have been meant, empty when nothing is alike. */
    private static String alike(String given, Collection<String> known) {
        var limit = given.length() * 0.4 + 1;
        var alike = known.stream()
                .filter(name -> distance(given, name) <= limit)
                .sorted(Comparator.<String>comparingInt(name -> distance(given, name))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(5)
                .toList();
        return alike.isEmpty() ? "" : " Did you mean " + quotedList(alike) + "?";
    }

    private static String quotedList(List<String> names) {
        var quoted = names.stream().map(name -> "\"" + name + "\"").collect(Collectors.toList());
        if (quoted.size() == 1) return quoted.get(0);
        var last = quoted.remove(quoted.size() - 1);
        return String.join(", ", quoted) + (quoted.size() > 1 ? ", or " : " or ") + last;
    }

    /** Edits between two words, a swap of neighbours counting as one; only case differing counts as one. */
    private static int distance(String a, String b) {
        if (a.equals(b)) return 0;
        if (a.equalsIgnoreCase(b)) return 1;
        var rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) rows[i][0] = i;
        for (int j = 0; j <= b.length(); j++) rows[0][j] = j;
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                rows[i][j] = Math.min(Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1), rows[i - 1][j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }
        return rows[a.length()][b.length()];
    }

    private void add(Node<?> at, String message) {
        SourceLocation location = at.getSourceLocation();
        errors.add(new GraphQlError(message, location, null));
    }
}
