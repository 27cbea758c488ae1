package dev.caravan.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps that Camel takes without a word, and that would lose a message, wait for ever or tell a secret. */
class DeliveryTest {
    private static final String NET = """
            - routeConfiguration:
                onException:
                  - onException:
                      exception: [java.lang.Throwable]
                      handled: {constant: "true"}
                      steps:
                        - bean: {ref: failures, method: net}
            """;

    private static final String ROUTE = """
            - route:
                id: r
                group: g
                description: d
                from:
                  uri: %s
                  steps:
                    - %s
            """;

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            aggregate            | {constant: "1"}                                   | read a page at once with sqs-batch
            split                | {simple: "${body}"}                               | add "stopOnException: true"
            multicast            | {parallelProcessing: true}                        | add "stopOnException: true"
            circuitBreaker       | {steps: []}                                       | throwExceptionWhenHalfOpenOrOpenState: true
            pollEnrich           | {constant: "file:in"}                             | add "timeout"
            removeHeaders        | {pattern: "*"}                                    | CamelAwsSqsReceiptHandle
            removeHeaders        | "*"                                               | CamelAwsSqsReceiptHandle
            idempotentConsumer   | {simple: "${body}"}                               | set "idempotentRepository"
            idempotentConsumer   | {simple: "${body}", idempotentRepository: idempotent, completionEager: true} | take it out
            idempotentConsumer   | {simple: "${body}", idempotentRepository: idempotent, removeOnFailure: false} | take it out
            idempotentConsumer   | {simple: "${body}", idempotentRepository: idempotent, eager: false} | take it out
            to                   | "https://example.com/x"                           | make it a setting
            to                   | {uri: "{{pimcore.url}}", parameters: {connectTimeout: 5, responseTimeout: 0}} | "responseTimeout" can wait for ever
            setHeader            | {name: Authorization, constant: let-me-in}        | make it a setting
            setBody              | {constant: "Bearer abcdefgh12345678"}             | make it a setting
            to                   | {uri: aws2-sqs, parameters: {queueNameOrArn: q, accessKey: AKIAABCDEFGHIJKLMNOP}} | make it a setting
            setBody              | {simple: "${boddy}"}                              | not Simple
            setProperty          | {name: uplaod, simple: "${body}"}                 | did you mean "upload"?
            """)
    void a_step_that_loses_is_told(String step, String value, String advice) {
        assertThat(of("timer:t", step + ": " + value)).anySatisfy(problem -> assertThat(problem.toString())
                .startsWith("routes/r.camel.yaml:8:")
                .contains(advice));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            seda:s                       | forgets its messages when the process ends
            file:in                      | waits nowhere and is parked nowhere
            aws2-s3:bucket               | waits nowhere and is parked nowhere
            sqs-batch:q                  | no route takes what SQS gives up from q
            aws2-sqs:q                   | no route takes what SQS gives up from q
            sqs-batch:q-dead             | the dead letters of q are taken here
            direct:d                     | its caller go on as if there were none
            """)
    void a_beginning_that_loses_is_told(String from, String what) {
        assertThat(of(from, "log: seen")).extracting(Problem::what).anyMatch(told -> told.contains(what));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            constant: "true"        | continued: {constant: "true"}              | a failure would be passed over
            constant: "true"        | exception: [dev.caravan.failure.TargetUnavailable] | opens no circuit
            constant: "true"        | exception: [java.lang.Throwabel]           | did you mean "java.lang.Throwable"?
            """)
    void a_net_with_a_hole_is_told(String handled, String instead, String what) {
        var net = instead.startsWith("exception")
                ? NET.replace("exception: [java.lang.Throwable]", instead)
                : NET.replace("handled:", instead + "\n          handled:");

        assertThat(problems(net)).extracting(Problem::what).anyMatch(told -> told.contains(what));
    }

    @ParameterizedTest
    @CsvSource({"gentle", "' gentle'"})
    void a_configuration_that_replaces_the_net_has_to_take_everything(String named) {
        var gentle = NET.replace("    onException:\n      - on", "    id: gentle\n    onException:\n      - on")
                .replace("Throwable", "IllegalStateException");
        var route = ROUTE.formatted("timer:t", "log: seen")
                .replace("    from:", "    routeConfigurationId:" + " " + named.strip() + "\n    from:");

        assertThat(problems(NET + gentle + route))
                .extracting(Problem::what)
                .anyMatch(told -> told.contains("replaces the error net and does not take every failure"));
    }

    private static List<Problem> of(String from, String step) {
        var route = problems(ROUTE.formatted(from, step));
        assertThat(route).as("without a net").isNotEmpty();
        return route;
    }

    private static List<Problem> problems(String yaml) {
        try {
            var files = List.of(YamlFile.parse("routes/r.camel.yaml", yaml));
            return new Routes(files, new Kamelets(), dev.caravan.settings.Settings.keys(), true).problems();
        } catch (YamlFile.Unreadable e) {
            throw new IllegalArgumentException(e);
        }
    }
}
