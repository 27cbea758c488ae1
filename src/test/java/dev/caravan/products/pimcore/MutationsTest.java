package dev.caravan.products.pimcore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.products.pimcore.Mutations.Operation;
import dev.caravan.products.pimcore.Mutations.Result;
import dev.caravan.products.pimcore.PimcoreErrors.Remedy;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MutationsTest {
    private final ScriptedPort pimcore = new ScriptedPort();
    private final Mutations mutations = new Mutations(new DataHub(pimcore, Clock.systemUTC()), 4);

    @Test
    void operations_are_aliases_with_their_values_in_variables() {
        pimcore.answer("""
                {"data":{"m0":{"success":true,"message":"object 5 updated","output":{"id":"5","fullpath":"/products/a"}},
                         "m1":{"success":true,"message":"object created: 6","output":{"id":"6","fullpath":"/products/a/b"}}}}""");

        var results = mutations.send(List.of(
                Operation.update("Product", "5", Json.object().put("brand", "A \"b\" }")),
                Operation.create(
                        "Product", "/products/a", "b", true, true, Json.object().put("sku", "b"))));

        assertThat(results).containsExactly(new Result.Done("5", "/products/a"), new Result.Done("6", "/products/a/b"));
        assertThat(pimcore.asked.get(0).path("query").asText())
                .isEqualTo(
                        "mutation($id0:Int, $input0:UpdateProductInput, $path1:String, "
                                + "$key1:String!, $input1:UpdateProductInput){ m0: updateProduct(id:$id0, input:$input0){ success message output{ id fullpath } } "
                                + "m1: createProduct(path:$path1, key:$key1, input:$input1, published:true, type:\"variant\"){ success message output{ id fullpath } } }");
        assertThat(pimcore.asked.get(0).at("/variables/id0").isInt()).isTrue();
        assertThat(pimcore.asked.get(0).at("/variables/input0/brand").asText()).isEqualTo("A \"b\" }");
    }

    @Test
    void each_alias_has_its_own_outcome() {
        pimcore.answer("""
                {"errors":[{"message":"Internal server error","path":["m1"]}],
                 "data":{"m0":{"success":false,"message":"unique constraint violation","output":{"id":null}},"m1":null,
                         "m2":{"success":true,"output":{"id":"7","fullpath":"/products/c"}}}}""");

        var results = mutations.send(updates(3));

        assertThat(results)
                .containsExactly(
                        new Result.Refused(Remedy.UPDATE, "unique constraint violation"),
                        new Result.Refused(Remedy.RETRY, "Internal server error"),
                        new Result.Done("7", "/products/c"));
    }

    @Test
    void what_the_schema_refuses_is_taken_out_and_the_others_sent_again() {
        pimcore.answer("""
                {"errors":[{"message":"Variable \\"$input1\\" got invalid value 9999999999 at \\"input1.stock\\"; Int cannot represent non 32-bit signed integer value: 9999999999"}]}""");
        pimcore.answer(done(3));

        var results = mutations.send(updates(4));

        assertThat(results.get(1)).isInstanceOfSatisfying(Result.Refused.class, refused -> assertThat(refused.remedy())
                .isEqualTo(Remedy.PARK));
        assertThat(results.stream().filter(Result.Done.class::isInstance)).hasSize(3);
        assertThat(pimcore.asked.get(1).path("variables").findValuesAsText("stock"))
                .containsExactly("0", "2", "3");
    }

    @Test
    void a_rejection_that_names_nobody_is_narrowed_down_by_halves() {
        var rejection = "{\"errors\":[{\"message\":\"something is wrong\"}]}";
        pimcore.answer(rejection)
                .answer(done(2))
                .answer(rejection)
                .answer(rejection)
                .answer(done(1));

        var results = mutations.send(updates(4));

        assertThat(results)
                .extracting(Result::getClass)
                .extracting(Class::getSimpleName)
                .containsExactly("Done", "Done", "Refused", "Done");
        assertThat(pimcore.asked).hasSize(5);
    }

    @Test
    void a_request_the_endpoint_does_not_understand_is_not_sent_in_halves() {
        pimcore.answer(
                "{\"errors\":[{\"message\":\"Cannot query field \\\"fullpath\\\" on type \\\"object_Product\\\".\"}]}");

        var results = mutations.send(updates(4));

        assertThat(results).allSatisfy(result -> assertThat(((Result.Refused) result).remedy())
                .isEqualTo(Remedy.SETTINGS));
        assertThat(pimcore.asked).hasSize(1);
    }

    @Test
    void without_an_answer_the_rest_is_not_sent() {
        var timeout = new TargetUnavailable("pimcore", "timed out");
        pimcore.answer(done(4)).fail(timeout);

        var results = mutations.send(updates(10));

        assertThat(results.subList(0, 4))
                .allSatisfy(result -> assertThat(result).isInstanceOf(Result.Done.class));
        assertThat(results.subList(4, 8)).containsOnly(new Result.Unsure(timeout));
        assertThat(results.subList(8, 10)).containsOnly(new Result.NotSent(timeout));
    }

    @Test
    void a_refused_key_stops_everything() {
        pimcore.answer(403, Map.of("Content-Type", "text/html"), "<html><h1>Forbidden</h1></html>");

        var results = mutations.send(updates(5));

        assertThat(results).allSatisfy(result -> assertThat(((Result.NotSent) result).cause())
                .isInstanceOf(BadSettings.class));
    }

    @Test
    void half_an_answer_and_an_answer_that_is_no_graphql_are_no_answer() {
        pimcore.answer("{\"data\":{\"m0\":{\"succ");
        pimcore.answer("{\"hello\":1}");
        pimcore.answer(502, Map.of(), "{\"errors\":[{\"message\":\"upstream\"}]}");

        assertThat(mutations.send(updates(1)))
                .allSatisfy(result -> assertThat(result).isInstanceOf(Result.Unsure.class));
        assertThat(mutations.send(updates(1)))
                .allSatisfy(result -> assertThat(result).isInstanceOf(Result.Unsure.class));
        assertThat(mutations.send(updates(1)))
                .allSatisfy(result -> assertThat(result).isInstanceOf(Result.Unsure.class));
    }

    private static List<Operation> updates(int count) {
        return IntStream.range(0, count)
                .mapToObj(n -> Operation.update(
                        "Product", "" + (100 + n), Json.object().put("stock", n)))
                .toList();
    }

    private static String done(int count) {
        var data = Json.object();
        for (int n = 0; n < count; n++) {
            data.putObject("m" + n)
                    .put("success", true)
                    .putObject("output")
                    .put("id", "" + n)
                    .put("fullpath", "/products/" + n);
        }
        return Json.object().set("data", data).toString();
    }
}
