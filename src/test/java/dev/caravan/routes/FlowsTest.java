package dev.caravan.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.failure.BadSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlowsTest {
    private static final String TWO_ROUTES = """
            - route:
                id: goods-read
                group: goods
                from:
                  uri: sqs-batch
                  parameters:
                    queueNameOrArn: "{{goods.queue}}"
                  steps:
                    - split:
                        method:
                          ref: reader
                          method: parts
                        steps:
                          - to: "direct:goods-keep"
            - route:
                id: goods-store
                group: goods
                from:
                  uri: direct
                  parameters:
                    name: goods-keep
                  steps:
                    - kamelet:
                        name: store-action
                    - to:
                        uri: aws2-s3
                        parameters:
                          bucketNameOrArn: "{{goods.bucket}}"
            - route:
                id: goods-ask
                group: tools
                from:
                  uri: direct:ask
                  steps:
                    - log: asked
            - route:
                id: goods-tick
                group: tools
                from:
                  uri: timer:tick
                  steps:
                    - bean:
                        ref: clock
                        method: tick
            """;

    @TempDir
    Path folder;

    @Test
    void as_text_each_route_says_what_it_begins_with_and_whom_it_calls() throws IOException {
        assertThat(flows(TWO_ROUTES).text()).isEqualTo("""
                goods
                  goods-read                   from SQS goods.queue
                      reader.parts
                      -> goods-keep
                  goods-store                  called
                      => store-action
                      => aws2-s3 goods.bucket

                tools
                  goods-ask                    called
                  goods-tick                   from timer tick
                      clock.tick
                """);
    }

    @Test
    void as_a_chart_queues_routes_and_targets_are_joined_by_arrows() throws IOException {
        assertThat(flows(TWO_ROUTES).mermaid()).isEqualTo("""
                flowchart LR
                  subgraph goods
                    goods-read
                    goods-store
                  end
                  subgraph tools
                    goods-ask
                    goods-tick
                  end
                  SQS_goods_queue[/"SQS goods.queue"/] --> goods-read
                  goods-read --> goods-store
                  goods-store --> store_action["store-action"]
                  goods-store --> aws2_s3_goods_bucket["aws2-s3 goods.bucket"]
                  application(["the application"]) -.-> goods-ask
                  timer_tick(("timer tick")) --> goods-tick
                """);
    }

    @Test
    void queues_are_known_by_what_the_files_call_them() throws IOException {
        assertThat(flows(TWO_ROUTES).queues()).containsExactly("{{goods.queue}}");
    }

    @Test
    void a_file_that_cannot_be_read_is_named() {
        assertThatThrownBy(() -> flows("- route: {"))
                .isInstanceOf(BadSettings.class)
                .hasMessage("goods/all.camel.yaml: not YAML: ./caravan check says where");
    }

    private Flows flows(String yaml) throws IOException {
        Files.createDirectories(folder.resolve("goods"));
        Files.writeString(folder.resolve("goods/all.camel.yaml"), yaml);
        return Flows.of(RouteFiles.at("file:" + folder));
    }
}
