package dev.caravan.sandbox.pimcore;

import static graphql.Scalars.GraphQLBoolean;
import static graphql.Scalars.GraphQLFloat;
import static graphql.Scalars.GraphQLID;
import static graphql.Scalars.GraphQLInt;
import static graphql.Scalars.GraphQLString;
import static graphql.schema.GraphQLArgument.newArgument;
import static graphql.schema.GraphQLList.list;
import static graphql.schema.GraphQLNonNull.nonNull;
import static graphql.schema.GraphQLTypeReference.typeRef;

import dev.caravan.sandbox.pimcore.Definitions.Column;
import dev.caravan.sandbox.pimcore.Definitions.Container;
import dev.caravan.sandbox.pimcore.Definitions.Endpoint;
import dev.caravan.sandbox.pimcore.Definitions.Entity;
import dev.caravan.sandbox.pimcore.Definitions.Field;
import dev.caravan.sandbox.pimcore.Definitions.ObjectClass;
import dev.caravan.sandbox.pimcore.PimcoreObject.Item;
import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLCodeRegistry;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLInterfaceType;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLOutputType;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLUnionType;
import graphql.schema.TypeResolver;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Makes the GraphQL schema of one Data Hub endpoint from its definitions: the types, names and arguments of Data Hub 1.8. */
final class DataHubSchema {
    /** What an object's fields are read from: the object, null when there is none, and the language of its texts. */
    private record Node(PimcoreObject object, String language) {}

    private record ItemNode(Item item, Container collection) {}

    private record Edge(Node node) {}

    private static final DateTimeFormatter ZONED = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx");
    private static final Set<String> OBJECTS_AND_FOLDERS = Set.of(PimcoreObject.OBJECT, PimcoreObject.FOLDER);

    private final Definitions definitions;
    private final Endpoint endpoint;
    private final ObjectTree tree;
    private final Reader reader;
    private final Listings listings;
    private final PimcoreStandIn.Dates dates;
    private final GraphQLCodeRegistry.Builder code = GraphQLCodeRegistry.newCodeRegistry();
    private final Map<String, GraphQLType> types = new LinkedHashMap<>();

    private DataHubSchema(Definitions definitions, Endpoint endpoint, ObjectTree tree, PimcoreStandIn.Dates dates) {
        this.definitions = definitions;
        this.endpoint = endpoint;
        this.tree = tree;
        this.reader = new Reader(definitions, tree);
        this.listings = new Listings(definitions, tree, reader);
        this.dates = dates;
    }

    static GraphQLSchema of(Definitions definitions, Endpoint endpoint, ObjectTree tree, PimcoreStandIn.Dates dates) {
        return new DataHubSchema(definitions, endpoint, tree, dates).build();
    }

    private GraphQLSchema build() {
        sharedTypes();
        endpoint.queries().values().forEach(this::objectType);
        var query = GraphQLObjectType.newObject().name("Query");
        endpoint.queries().values().forEach(entity -> queries(query, entity));
        if (endpoint.folders().read()) folderQuery(query);
        var mutation = GraphQLObjectType.newObject().name("Mutations");
        endpoint.mutations().values().forEach(entity -> mutations(mutation, entity));
        folderMutations(mutation);
        return GraphQLSchema.newSchema()
                .query(query)
                .mutation(mutation)
                .additionalTypes(Set.copyOf(types.values()))
                .codeRegistry(code.build())
                .build();
    }

    private void sharedTypes() {
        var element = GraphQLInterfaceType.newInterface()
                .name("element")
                .field(output("id", GraphQLID))
                .build();
        types.put("element", element);
        code.typeResolver(element, ofNode());
        types.put(
                "element_tag",
                GraphQLObjectType.newObject()
                        .name("element_tag")
                        .field(output("id", GraphQLID))
                        .field(output("name", GraphQLString))
                        .field(output("path", GraphQLString))
                        .build());
        var tree = GraphQLUnionType.newUnionType().name("object_tree");
        endpoint.queries().keySet().forEach(name -> tree.possibleType(typeRef("object_" + name)));
        if (endpoint.folders().read()) tree.possibleType(typeRef("object_folder"));
        union(tree.build(), ofNode());
        if (endpoint.folders().read()) folderType();
        var descriptor = new LinkedHashMap<String, GraphQLInputType>();
        descriptor.put("type", GraphQLString);
        descriptor.put("id", GraphQLInt);
        descriptor.put("fullpath", GraphQLString);
        types.put("ElementDescriptorInput", inputObject("ElementDescriptorInput", descriptor));
        var tag = new LinkedHashMap<String, GraphQLInputType>();
        tag.put("id", GraphQLInt);
        tag.put("path", GraphQLString);
        types.put("ElementTag", inputObject("ElementTag", tag));
        var languages = new LinkedHashMap<String, GraphQLInputType>();
        definitions.languages().forEach(language -> languages.put(language, GraphQLString));
        types.put("LocalizedString", inputObject("LocalizedString", languages));
    }

    private TypeResolver ofNode() {
        return environment -> {
            var object = ((Node) environment.getObject()).object();
            return environment
                    .getSchema()
                    .getObjectType(object.className() == null ? "object_folder" : "object_" + object.className());
        };
    }

    // Output

    private void objectType(Entity entity) {
        var type = definitions.classes().get(entity.className());
        var name = "object_" + type.name();
        var fields = new LinkedHashMap<String, GraphQLFieldDefinition>();
        elementFields(name, fields);
        put(name, fields, output("objectType", GraphQLString), (object, environment) -> object.type());
        put(name, fields, output("classname", GraphQLString), (object, environment) -> object.className());
        put(name, fields, output("index", GraphQLInt), (object, environment) -> null);
        put(name, fields, output("childrenSortBy", GraphQLString), (object, environment) -> "key");
        put(name, fields, output("tags", list(typeRef("element_tag"))), (object, environment) -> List.of());
        for (var column : entity.columns()) {
            if (column.system()) {
                systemColumn(name, fields, column);
            } else {
                dataColumn(type, name, fields, type.field(column.name()).orElseThrow(() -> missing(type, column)));
            }
        }
        types.put(
                name,
                GraphQLObjectType.newObject()
                        .name(name)
                        .withInterface(typeRef("element"))
                        .fields(List.copyOf(fields.values()))
                        .build());
    }

    private static IllegalArgumentException missing(ObjectClass type, Column column) {
        return new IllegalArgumentException(
                "Data Hub column \"" + column.name() + "\" is no field of class " + type.name());
    }

    private void folderType() {
        var fields = new LinkedHashMap<String, GraphQLFieldDefinition>();
        elementFields("object_folder", fields);
        put("object_folder", fields, output("key", GraphQLString), (object, environment) -> object.key());
        put("object_folder", fields, output("fullpath", GraphQLString), (object, environment) -> object.fullpath());
        types.put(
                "object_folder",
                GraphQLObjectType.newObject()
                        .name("object_folder")
                        .withInterface(typeRef("element"))
                        .fields(List.copyOf(fields.values()))
                        .build());
    }

    private void elementFields(String type, Map<String, GraphQLFieldDefinition> fields) {
        var date = dates == PimcoreStandIn.Dates.EPOCH_SECONDS ? GraphQLInt : GraphQLString;
        put(type, fields, output("id", GraphQLID), (object, environment) -> object.id());
        put(type, fields, output("creationDate", date), (object, environment) -> date(object.creationDate()));
        put(type, fields, output("modificationDate", date), (object, environment) -> date(object.modificationDate()));
        put(type, fields, output("parent", typeRef("object_tree")), (object, environment) -> tree.byId(
                        object.parentId())
                .map(parent -> new Node(parent, language(environment)))
                .orElse(null));
        put(type, fields, related("children"), (object, environment) -> children(object.id(), 0, environment));
        put(
                type,
                fields,
                related("_siblings"),
                (object, environment) -> children(object.parentId(), object.id(), environment));
    }

    private static GraphQLFieldDefinition related(String name) {
        return output(name, list(typeRef("object_tree")))
                .transform(field -> field.argument(newArgument()
                        .name("objectTypes")
                        .type(list(GraphQLString))
                        .description("list of object types (object, variant, folder)")));
    }

    /** Unpublished objects are left out, and so are variants unless asked for. */
    private List<Node> children(long parentId, long except, DataFetchingEnvironment environment) {
        List<String> wanted = environment.getArgument("objectTypes");
        return tree.children(parentId).stream()
                .filter(child -> child.id() != except && child.published())
                .filter(child ->
                        wanted == null ? OBJECTS_AND_FOLDERS.contains(child.type()) : wanted.contains(child.type()))
                .filter(child -> child.className() == null
                        ? endpoint.folders().read()
                        : endpoint.queries().containsKey(child.className()))
                .map(child -> new Node(child, language(environment)))
                .toList();
    }

    private Object date(long epochSecond) {
        return dates == PimcoreStandIn.Dates.EPOCH_SECONDS
                ? (Object) epochSecond
                : ZONED.format(Instant.ofEpochSecond(epochSecond).atOffset(ZoneOffset.UTC));
    }

    private void systemColumn(String type, Map<String, GraphQLFieldDefinition> fields, Column column) {
        switch (column.name()) {
            case "published" ->
                put(type, fields, output("published", GraphQLBoolean), (object, environment) -> object.published());
            case "key" -> put(type, fields, output("key", GraphQLString), (object, environment) -> object.key());
            case "fullpath" ->
                put(type, fields, output("fullpath", GraphQLString), (object, environment) -> object.fullpath());
            default ->
                throw new IllegalArgumentException(
                        "system column \"" + column.name() + "\" is not one the stand-in knows");
        }
    }

    private void dataColumn(ObjectClass owner, String type, Map<String, GraphQLFieldDefinition> fields, Field field) {
        var unionName = type + "_" + field.name();
        switch (field.kind()) {
            case MANY_TO_MANY_OBJECT_RELATION -> {
                var union = GraphQLUnionType.newUnionType().name(unionName);
                field.allowed().stream()
                        .filter(endpoint.queries()::containsKey)
                        .forEach(name -> union.possibleType(typeRef("object_" + name)));
                union(union.build(), ofNode());
                var output = output(field.name(), list(typeRef(unionName)));
                put(type, fields, output, (object, environment) -> nodes(object, field, environment));
            }
            case FIELDCOLLECTIONS -> {
                var union = GraphQLUnionType.newUnionType().name(unionName);
                field.allowed()
                        .forEach(name -> union.possibleType(
                                typeRef(collectionType(definitions.collections().get(name)))));
                union(union.build(), environment -> environment
                        .getSchema()
                        .getObjectType("fieldcollection_"
                                + ((ItemNode) environment.getObject()).item().collection()));
                put(
                        type,
                        fields,
                        output(field.name(), list(typeRef(unionName))),
                        (object, environment) -> itemNodes(object, field));
            }
            default -> {
                var output = output(field.name(), scalar(field));
                if (field.localized())
                    output = output.transform(
                            it -> it.argument(newArgument().name("language").type(GraphQLString)));
                put(
                        type,
                        fields,
                        output,
                        (object, environment) -> reader.read(
                                object,
                                field,
                                field.localized()
                                        ? environment.getArgumentOrDefault("language", language(environment))
                                        : null));
            }
        }
    }

    private List<Node> nodes(PimcoreObject object, Field field, DataFetchingEnvironment environment) {
        var related = (List<?>) reader.read(object, field, null);
        return related == null
                ? null
                : related.stream()
                        .map(one -> new Node((PimcoreObject) one, language(environment)))
                        .toList();
    }

    private List<ItemNode> itemNodes(PimcoreObject object, Field field) {
        var items = (List<?>) reader.read(object, field, null);
        if (items == null) return null;
        return items.stream()
                .map(item -> new ItemNode((Item) item, definitions.collections().get(((Item) item).collection())))
                .toList();
    }

    private String collectionType(Container collection) {
        var name = "fieldcollection_" + collection.name();
        if (types.containsKey(name)) return name;
        var type = GraphQLObjectType.newObject().name(name);
        collection.fields().values().forEach(field -> {
            type.field(output(field.name(), scalar(field)));
            fetch(name, field.name(), environment -> {
                ItemNode node = environment.getSource();
                return Reader.shown(field, node.item().values().get(field.name()));
            });
        });
        types.put(name, type.build());
        return name;
    }

    private static GraphQLScalarType scalar(Field field) {
        return switch (field.kind()) {
            case NUMERIC -> field.integer() ? GraphQLInt : GraphQLFloat;
            default -> GraphQLString;
        };
    }

    // Queries

    private void queries(GraphQLObjectType.Builder query, Entity entity) {
        var type = definitions.classes().get(entity.className());
        var get = "get" + type.name();
        query.field(output(get, typeRef("object_" + type.name()))
                .transform(field -> field.argument(newArgument().name("id").type(GraphQLInt))
                        .argument(newArgument().name("fullpath").type(GraphQLString))
                        .argument(newArgument().name("defaultLanguage").type(GraphQLString))
                        .argument(newArgument().name("version").type(GraphQLInt))));
        fetch(
                "Query",
                get,
                environment -> get(environment, object -> type.name().equals(object.className())));

        var edge = type.name() + "Edge";
        types.put(
                edge,
                GraphQLObjectType.newObject()
                        .name(edge)
                        .field(output("cursor", GraphQLString))
                        .field(output("node", typeRef("object_" + type.name())))
                        .build());
        fetch(
                edge,
                "cursor",
                environment -> "object-"
                        + ((Edge) environment.getSource()).node().object().id());
        fetch(edge, "node", environment -> ((Edge) environment.getSource()).node());
        var connection = type.name() + "Connection";
        types.put(
                connection,
                GraphQLObjectType.newObject()
                        .name(connection)
                        .field(output("edges", list(typeRef(edge))))
                        .field(output("totalCount", GraphQLInt))
                        .build());
        fetch(connection, "totalCount", environment -> ((Listings.Page) environment.getSource()).totalCount());
        fetch(connection, "edges", environment -> {
            var page = (Listings.Page) environment.getSource();
            return page.objects().stream()
                    .map(object -> new Edge(new Node(object, page.language())))
                    .toList();
        });
        query.field(output(get + "Listing", typeRef(connection))
                .transform(field -> field.argument(newArgument().name("ids").type(GraphQLString))
                        .argument(newArgument().name("fullpaths").type(GraphQLString))
                        .argument(newArgument().name("tags").type(GraphQLString))
                        .argument(newArgument().name("defaultLanguage").type(GraphQLString))
                        .argument(newArgument().name("first").type(GraphQLInt))
                        .argument(newArgument().name("after").type(GraphQLInt))
                        .argument(newArgument().name("sortBy").type(list(GraphQLString)))
                        .argument(newArgument().name("sortOrder").type(list(GraphQLString)))
                        .argument(newArgument().name("filter").type(GraphQLString))
                        .argument(newArgument().name("published").type(GraphQLBoolean))));
        fetch("Query", get + "Listing", environment -> listings.page(type, given(environment)));
    }

    private void folderQuery(GraphQLObjectType.Builder query) {
        query.field(output("getObjectFolder", typeRef("object_folder"))
                .transform(field -> field.argument(newArgument().name("id").type(GraphQLInt))
                        .argument(newArgument().name("fullpath").type(GraphQLString))
                        .argument(newArgument().name("defaultLanguage").type(GraphQLString))));
        fetch("Query", "getObjectFolder", environment -> byIdOrPath(environment)
                .filter(object -> object.className() == null)
                .map(object -> new Node(object, language(environment)))
                .orElse(null));
    }

    private Node get(DataFetchingEnvironment environment, Predicate<PimcoreObject> wanted) {
        Integer id = environment.getArgument("id");
        String fullpath = environment.getArgument("fullpath");
        if (id == null && fullpath == null) throw new Refused("object id or fullpath expected");
        return byIdOrPath(environment)
                .filter(wanted)
                .map(object -> new Node(object, language(environment)))
                .orElseThrow(() -> new Refused(
                        id != null && fullpath != null
                                ? "either id or fullpath expected but not both"
                                : id != null
                                        ? "object with id:'" + id + "' not found"
                                        : "object with fullpath:'" + fullpath + "' not found"));
    }

    private Optional<PimcoreObject> byIdOrPath(DataFetchingEnvironment environment) {
        Integer id = environment.getArgument("id");
        String fullpath = environment.getArgument("fullpath");
        if (id == null && fullpath == null) return Optional.empty();
        var found = id != null ? tree.byId(id) : tree.byPath(fullpath);
        return id != null && fullpath != null
                ? found.filter(object -> object.fullpath().equals(fullpath))
                : found;
    }

    // Mutations

    private void mutations(GraphQLObjectType.Builder mutation, Entity entity) {
        var type = definitions.classes().get(entity.className());
        var input = "Update" + type.name() + "Input";
        types.put(input, inputType(input, type, entity));
        if (entity.create()) {
            var name = "create" + type.name();
            mutation.field(output(name, typeRef(resultType("Create" + type.name() + "Result", type)))
                    .transform(field -> field.argument(newArgument().name("key").type(nonNull(GraphQLString)))
                            .argument(newArgument().name("path").type(GraphQLString))
                            .argument(newArgument().name("parentId").type(GraphQLInt))
                            .argument(newArgument()
                                    .name("published")
                                    .type(GraphQLBoolean)
                                    .description("Default is true!"))
                            .argument(newArgument().name("omitMandatoryCheck").type(GraphQLBoolean))
                            .argument(newArgument().name("userId").type(GraphQLInt))
                            .argument(newArgument().name("type").type(GraphQLString))
                            .argument(newArgument().name("defaultLanguage").type(GraphQLString))
                            .argument(newArgument().name("input").type(typeRef(input)))));
            fetch("Mutations", name, environment -> session(environment).create(type, given(environment)));
        }
        if (entity.update()) {
            var name = "update" + type.name();
            mutation.field(output(name, typeRef(resultType("Update" + type.name() + "Result", type)))
                    .transform(field -> field.argument(newArgument().name("id").type(GraphQLInt))
                            .argument(newArgument().name("fullpath").type(GraphQLString))
                            .argument(newArgument().name("parentId").type(GraphQLInt))
                            .argument(newArgument().name("defaultLanguage").type(GraphQLString))
                            .argument(newArgument().name("omitMandatoryCheck").type(GraphQLBoolean))
                            .argument(newArgument().name("omitVersionCreate").type(GraphQLBoolean))
                            .argument(newArgument().name("userId").type(GraphQLInt))
                            .argument(newArgument().name("input").type(typeRef(input)))));
            fetch("Mutations", name, environment -> session(environment).update(type, given(environment)));
        }
        if (entity.delete()) deletion(mutation, "delete" + type.name(), "Delete" + type.name() + "Result");
    }

    private void folderMutations(GraphQLObjectType.Builder mutation) {
        if (endpoint.folders().create()) {
            var result = "CreateObjectFolderResult";
            types.put(
                    result, plainResult(result).field(output("id", GraphQLInt)).build());
            fetch(result, "id", environment -> Optional.ofNullable(
                            outcome(environment).object())
                    .map(PimcoreObject::id)
                    .orElse(null));
            mutation.field(output("createObjectFolder", typeRef(result)).transform(field -> field.argument(
                            newArgument().name("path").type(GraphQLString))
                    .argument(newArgument().name("parentId").type(GraphQLInt))
                    .argument(newArgument().name("userId").type(GraphQLInt))
                    .argument(newArgument().name("key").type(nonNull(GraphQLString)))));
            fetch("Mutations", "createObjectFolder", environment -> {
                try {
                    return session(environment).createFolder(given(environment));
                } catch (Refused e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        if (endpoint.folders().delete()) deletion(mutation, "deleteObjectFolder", "DeleteObjectFolderResult");
    }

    private void deletion(GraphQLObjectType.Builder mutation, String name, String result) {
        types.put(result, plainResult(result).build());
        mutation.field(output(name, typeRef(result))
                .transform(field -> field.argument(newArgument().name("id").type(GraphQLInt))
                        .argument(newArgument().name("fullpath").type(GraphQLString))));
        fetch("Mutations", name, environment -> session(environment).delete(given(environment)));
    }

    private String resultType(String name, ObjectClass type) {
        var output = output("output", typeRef("object_" + type.name()))
                .transform(field ->
                        field.argument(newArgument().name("defaultLanguage").type(GraphQLString)));
        types.put(name, plainResult(name).field(output).build());
        fetch(name, "output", environment -> new Node(outcome(environment).object(), language(environment)));
        return name;
    }

    private GraphQLObjectType.Builder plainResult(String name) {
        fetch(name, "success", environment -> outcome(environment).success());
        fetch(name, "message", environment -> outcome(environment).message());
        return GraphQLObjectType.newObject()
                .name(name)
                .field(output("success", GraphQLBoolean))
                .field(output("message", GraphQLString));
    }

    private GraphQLInputObjectType inputType(String name, ObjectClass type, Entity entity) {
        var fields = new LinkedHashMap<String, GraphQLInputType>();
        for (var column : entity.columns()) {
            if (column.system()) {
                fields.put(column.name(), column.name().equals("published") ? GraphQLBoolean : GraphQLString);
                continue;
            }
            var field = type.field(column.name()).orElseThrow(() -> missing(type, column));
            fields.put(field.name(), column.collector() ? typeRef("LocalizedString") : inputOf(field));
        }
        fields.put("tags", list(typeRef("ElementTag")));
        return inputObject(name, fields);
    }

    private GraphQLInputType inputOf(Field field) {
        return switch (field.kind()) {
            case MANY_TO_MANY_OBJECT_RELATION -> list(typeRef("ElementDescriptorInput"));
            case FIELDCOLLECTIONS -> typeRef(collectionsInput(field));
            default -> scalar(field);
        };
    }

    private String collectionsInput(Field field) {
        var prefix = "fieldcollections_" + field.name();
        var groups = new LinkedHashMap<String, GraphQLInputType>();
        for (var name : field.allowed()) {
            var entry = new LinkedHashMap<String, GraphQLInputType>();
            definitions
                    .collections()
                    .get(name)
                    .fields()
                    .values()
                    .forEach(inner -> entry.put(inner.name(), scalar(inner)));
            entry.put("index", GraphQLInt);
            var entryName = prefix + "_" + name + "_input";
            types.put(entryName, inputObject(entryName, entry));
            groups.put(name, list(typeRef(entryName)));
        }
        types.put(prefix + "_groups_input", inputObject(prefix + "_groups_input", groups));
        var whole = new LinkedHashMap<String, GraphQLInputType>();
        whole.put("replace", GraphQLBoolean);
        whole.put("items", typeRef(prefix + "_groups_input"));
        types.put(prefix + "_input", inputObject(prefix + "_input", whole));
        return prefix + "_input";
    }

    // Pieces

    private interface ObjectReader {
        Object read(PimcoreObject object, DataFetchingEnvironment environment);
    }

    /** Adds a field that is null where there is no object. */
    private void put(
            String type,
            Map<String, GraphQLFieldDefinition> fields,
            GraphQLFieldDefinition field,
            ObjectReader reader) {
        fields.put(field.getName(), field);
        fetch(type, field.getName(), environment -> {
            var object = ((Node) environment.getSource()).object();
            return object == null ? null : reader.read(object, environment);
        });
    }

    private void union(GraphQLUnionType union, TypeResolver resolver) {
        types.put(union.getName(), union);
        code.typeResolver(union, resolver);
    }

    private void fetch(String type, String field, DataFetcher<?> fetcher) {
        code.dataFetcher(FieldCoordinates.coordinates(type, field), fetcher);
    }

    private static GraphQLFieldDefinition output(String name, GraphQLOutputType type) {
        return GraphQLFieldDefinition.newFieldDefinition().name(name).type(type).build();
    }

    private static GraphQLInputObjectType inputObject(String name, Map<String, GraphQLInputType> fields) {
        var type = GraphQLInputObjectType.newInputObject().name(name);
        fields.forEach((field, of) -> type.field(
                GraphQLInputObjectField.newInputObjectField().name(field).type(of)));
        return type.build();
    }

    private static Session session(DataFetchingEnvironment environment) {
        return environment.getGraphQlContext().get(Session.class);
    }

    private static Session.Outcome outcome(DataFetchingEnvironment environment) {
        return environment.getSource();
    }

    /** The arguments that were given, those given as null left out; nulls within {@code input} stay. */
    private static Map<String, Object> given(DataFetchingEnvironment environment) {
        var given = new LinkedHashMap<>(environment.getArguments());
        given.values().removeIf(value -> value == null);
        return given;
    }

    private String language(DataFetchingEnvironment environment) {
        if (environment.getArgument("defaultLanguage") instanceof String language) return language;
        return environment.getSource() instanceof Node node
                ? node.language()
                : definitions.languages().get(0);
    }
}
