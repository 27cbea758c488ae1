package dev.caravan.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Mistakes other people made, in their own files, before these checks were written: as they stand in Apache Camel's issues and pull
 * requests, and here made in ours.
 */
final class ReportedEdits {
    private static final String RECEIVE = "routes/products/1-receive/receive.camel.yaml";
    private static final String NORMALISE = "routes/products/2-normalise/normalise.camel.yaml";
    private static final String COMPARE = "routes/products/4-medusa/compare.camel.yaml";
    private static final String HAND_OVER = "routes/_shared/hand-over.camel.yaml";

    private ReportedEdits() {}

    static List<BrokenEdit> of(Path root) {
        return Stream.of(
                        edit(
                                "CAMEL-24842: options in the uri and among the parameters",
                                RECEIVE,
                                "uri: aws2-s3",
                                "uri: aws2-s3?operation=getObject",
                                23,
                                "parameters"),
                        edit(
                                "CAMEL-24846: an error handling of the file's own, behind its route",
                                COMPARE,
                                "            method: compare",
                                """
                                            method: compare
                                - onException:
                                    exception: [java.lang.Exception]
                                    handled:
                                      constant: "true"
                                    steps:
                                      - log: compared nothing""",
                                16,
                                "onException"),
                        edit(
                                "CAMEL-24857: ${} where {{}} is meant",
                                "routes/products/4-medusa/announce.camel.yaml",
                                "\"{{publications.notice-milliseconds}}\"",
                                "\"${publications.notice-milliseconds}\"",
                                9,
                                "{{publications.notice-milliseconds}}"),
                        edit(
                                "CAMEL-24698: handled: true, which is a condition",
                                "routes/_shared/errors.camel.yaml",
                                "handled:\n            constant: \"true\"",
                                "handled: true",
                                20,
                                "handled"),
                        edit(
                                "CAMEL-24698: a text written as an expression",
                                RECEIVE,
                                "message: \"upload",
                                "message:\n                    simple: \"upload",
                                43,
                                "message"),
                        edit(
                                "CAMEL-24698: an expression written as a text",
                                NORMALISE,
                                "            simple: ${body}",
                                "            expression: ${body}",
                                14,
                                "expression"),
                        edit(
                                "CAMEL-24698: a step written as a property of the one before",
                                NORMALISE,
                                "        - bean:",
                                "          bean:",
                                15,
                                "\"- \""),
                        edit(
                                "CAMEL-24698: a list written as a map",
                                HAND_OVER,
                                "              - simple: \"${body.area} == 'products' && ${bean:productIntake?method=knows}\"\n",
                                "                simple: \"${body.area} == 'products' && ${bean:productIntake?method=knows}\"\n",
                                13,
                                "when"),
                        edit(
                                "CAMEL-24881: the error handler's kind as its type",
                                RECEIVE,
                                "noErrorHandler: {}",
                                "type: noErrorHandler",
                                7,
                                "noErrorHandler"),
                        edit(
                                "CAMEL-24881: noErrorHandler as a property of the route",
                                RECEIVE,
                                "    errorHandler:\n      noErrorHandler: {}",
                                "    noErrorHandler: true",
                                6,
                                "errorHandler"),
                        edit(
                                "CAMEL-24850: steps in steps, to group them",
                                NORMALISE,
                                "        - bean:\n            ref: productNormalise\n            method: map\n",
                                "        - steps:\n            - bean:\n                ref: productNormalise\n                method: map\n",
                                15,
                                "one level up"),
                        edit(
                                "CAMEL-24702: a bean as the language of an expression",
                                NORMALISE,
                                "            simple: ${body}",
                                "            bean:\n              ref: productNormalise\n              method: map",
                                14,
                                "method"),
                        edit(
                                "CAMEL-24698: an option the timer does not have",
                                COMPARE,
                                "        delay: 20s",
                                "        body: compare now",
                                9,
                                "body"),
                        edit(
                                "CAMEL-24698: a component that can only send, in from",
                                COMPARE,
                                "      uri: timer\n      parameters:\n        timerName: compare\n        delay: 20s\n",
                                "      uri: aws2-eventbridge\n      parameters:\n        eventbusNameOrArn: \"{{events.bus}}\"\n",
                                6,
                                "aws2-eventbridge"),
                        edit(
                                "CAMEL-24698: several endpoints in one to",
                                RECEIVE,
                                "                    - to:\n                        uri: direct\n                        parameters:\n                          name: products-normalise\n",
                                "                    - to: \"direct:products-normalise,direct:products-receive\"\n",
                                35,
                                "products-normalise"),
                        edit(
                                "CAMEL-24837: a list item in a column of its own",
                                NORMALISE,
                                "        - bean:\n            ref: productNormalise\n            method: save",
                                "         - bean:\n            ref: productNormalise\n            method: save",
                                18,
                                "indentation"),
                        edit(
                                "camel-kamelets#950: steps beside from",
                                COMPARE,
                                "      steps:\n        - bean:\n            ref: pimcoreComparison\n            method: compare",
                                "    steps:\n      - bean:\n          ref: pimcoreComparison\n          method: compare",
                                12,
                                "steps"),
                        edit(
                                "camel-k#1579: an expression beside the step that it belongs to",
                                NORMALISE,
                                "            name: page\n            simple: ${body}",
                                "          name: page\n          simple: ${body}",
                                12,
                                "setProperty"),
                        edit(
                                "CAMEL-24698: a value that goes on behind its closing quote",
                                RECEIVE,
                                " is read: ${body[0].detail}\"",
                                "\" is read: ${body[0].detail}",
                                43,
                                "quotes"),
                        edit(
                                "CAMEL-24698: Simple that does not parse",
                                HAND_OVER,
                                "${body.area} == 'products' &&",
                                "${body.area} = 'products' &&",
                                14,
                                "=="))
                .map(edit -> edit.in(root))
                .toList();
    }

    private record Replacement(String name, String file, String text, String instead, int line, String word) {
        BrokenEdit in(Path root) {
            try {
                var original = Files.readString(root.resolve(file));
                assertThat(original).as(name).contains(text);
                int at = original.indexOf(text);
                var edited = original.substring(0, at) + instead + original.substring(at + text.length());
                return new BrokenEdit("reported", name, file, edited, line, line, word);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Replacement edit(String name, String file, String text, String instead, int line, String word) {
        return new Replacement(name, file, text, instead, line, word);
    }
}
