package dev.caravan.sandbox.pimcore;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.GraphQLError;
import graphql.GraphqlErrorBuilder;
import graphql.execution.DataFetcherExceptionHandlerParameters;
import graphql.execution.DataFetcherExceptionHandlerResult;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.introspection.GoodFaithIntrospection;
import graphql.language.Document;
import graphql.language.OperationDefinition;
import graphql.language.SourceLocation;
import graphql.parser.InvalidSyntaxException;
import graphql.parser.Parser;
import graphql.parser.ParserEnvironment;
import graphql.parser.ParserOptions;
import graphql.schema.GraphQLSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** One Data Hub endpoint: takes the body of a request, gives the body of the answer. Queries are parsed and checked once and kept. */
final class DataHub {
    private static final int KEPT = 500;
    private static final String END = "Syntax Error: Unexpected <EOF>";
    private static final ParserOptions UNLIMITED = ParserOptions.newParserOptions()
            .maxCharacters(Integer.MAX_VALUE)
            .maxTokens(Integer.MAX_VALUE)
            .maxWhitespaceTokens(Integer.MAX_VALUE)
            .build();

    private record Query(Document document, List<GraphQlError> errors) {}

    private final GraphQLSchema schema;
    private final GraphQL graphQl;
    private final Map<String, Query> queries = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Query> eldest) {
            return size() > KEPT;
        }
    };

    DataHub(GraphQLSchema schema) {
        this.schema = schema;
        this.graphQl = GraphQL.newGraphQL(schema)
                .preparsedDocumentProvider((input, parse) -> {
                    Document document = input.getGraphQLContext().get(Document.class);
                    return CompletableFuture.completedFuture(new PreparsedDocumentEntry(document));
                })
                .defaultDataFetcherExceptionHandler(DataHub::failed)
                .build();
    }

    /** Carries out a request in this session; the answer's status is 200 whatever the body says. */
    ObjectNode answer(byte[] body, Session session) {
        var request = read(body);
        var query = query(request.path("query").asText(""));
        if (!query.errors().isEmpty()) return errors(query.errors());
        var operations = query.document().getDefinitionsOfType(OperationDefinition.class);
        if (operations.size() != 1) {
            var why = operations.isEmpty()
                    ? "Must provide an operation."
                    : "Must provide operation name if query contains multiple operations.";
            return errors(List.of(new GraphQlError(why, null, null)));
        }
        var variables = new HashMap<String, JsonNode>();
        request.path("variables").properties().forEach(entry -> variables.put(entry.getKey(), entry.getValue()));
        var wrong = QueryCheck.check(operations.get(0), variables, schema);
        if (!wrong.isEmpty()) return errors(wrong);
        return rendered(execute(request.path("query").asText(), query.document(), variables, session));
    }

    private static JsonNode read(byte[] body) {
        try {
            return Json.read(body);
        } catch (BadMessage e) {
            return Json.object();
        }
    }

    private Query query(String text) {
        synchronized (queries) {
            var known = queries.get(text);
            if (known != null) return known;
        }
        var parsed = parse(text);
        synchronized (queries) {
            queries.put(text, parsed);
        }
        return parsed;
    }

    private Query parse(String text) {
        if (text.isBlank()) return new Query(null, List.of(new GraphQlError(END, new SourceLocation(1, 1), null)));
        try {
            var document = Parser.parse(ParserEnvironment.newParserEnvironment()
                    .document(text)
                    .parserOptions(UNLIMITED)
                    .build());
            return new Query(document, QueryCheck.check(document, text, schema));
        } catch (InvalidSyntaxException e) {
            var token = e.getOffendingToken();
            var message = token == null || token.equals("<EOF>") ? END : "Syntax Error: Expected Name, found " + token;
            return new Query(null, List.of(new GraphQlError(message, e.getLocation(), null)));
        }
    }

    private ExecutionResult execute(String text, Document document, Map<String, JsonNode> variables, Session session) {
        return graphQl.execute(ExecutionInput.newExecutionInput()
                .query(text)
                .variables(Json.mapper().convertValue(variables, new TypeReference<Map<String, Object>>() {}))
                .graphQLContext(Map.of(
                        Session.class,
                        session,
                        Document.class,
                        document,
                        GoodFaithIntrospection.GOOD_FAITH_INTROSPECTION_DISABLED,
                        true))
                .build());
    }

    private static ObjectNode rendered(ExecutionResult result) {
        var body = Json.object();
        var errors = new ArrayList<GraphQlError>();
        for (GraphQLError error : result.getErrors()) {
            var location = error.getLocations() == null || error.getLocations().isEmpty()
                    ? null
                    : error.getLocations().get(0);
            errors.add(new GraphQlError(error.getMessage(), location, error.getPath()));
        }
        if (!errors.isEmpty()) body = errors(errors);
        if (result.isDataPresent()) body.set("data", Json.mapper().valueToTree(result.getData()));
        return body;
    }

    private static ObjectNode errors(List<GraphQlError> errors) {
        var body = Json.object();
        var list = body.putArray("errors");
        errors.forEach(error -> list.add(error.json()));
        return body;
    }

    private static CompletableFuture<DataFetcherExceptionHandlerResult> failed(
            DataFetcherExceptionHandlerParameters parameters) {
        var cause = parameters.getException() instanceof CompletionException wrapped
                ? wrapped.getCause()
                : parameters.getException();
        var error = GraphqlErrorBuilder.newError()
                .message("%s", cause instanceof Refused ? cause.getMessage() : "Internal server error")
                .location(parameters.getSourceLocation())
                .path(parameters.getPath())
                .build();
        return CompletableFuture.completedFuture(
                DataFetcherExceptionHandlerResult.newResult(error).build());
    }
}
