package dev.caravan.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.caravan.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class LogFormatTest {
    @Test
    void a_json_log_is_one_object_a_line_with_the_correlation_id() {
        var lines = logged("json", "dev.caravan.products", log -> log.warn("price of {} missing\nin line 2", "A-1"));

        assertThat(lines.lines()).hasSize(1);
        var line = Json.read(lines);
        assertThat(line.path("message").asText()).isEqualTo("price of A-1 missing\nin line 2");
        assertThat(line.path("level").asText()).isEqualTo("WARN");
        assertThat(line.path("logger").asText()).isEqualTo("dev.caravan.products");
        assertThat(line.path("correlationId").asText()).isEqualTo("upload-7");
        assertThat(line.path("time").asText()).endsWith("Z");
    }

    @Test
    void a_failure_is_in_the_same_json_line_as_its_message() {
        var lines = logged(
                "json", "dev.caravan.products", log -> log.error("parked", new IllegalStateException("no answer")));

        assertThat(lines.lines()).hasSize(1);
        assertThat(Json.read(lines).path("stackTrace").asText()).contains("IllegalStateException: no answer");
    }

    @Test
    void a_text_log_is_short_and_names_the_correlation_id() {
        var lines = logged("text", "dev.caravan.products.Writer", log -> log.info("3 written"));

        assertThat(lines.strip()).matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO  Writer \\[upload-7]: 3 written");
    }

    @Test
    void what_libraries_say_of_their_own_start_is_not_logged() {
        var lines = logged("json", "org.infinispan.CONTAINER", log -> log.info("started"));

        assertThat(lines).isEmpty();
    }

    /** What logback.xml makes of one statement, on a logger context of its own. */
    private static String logged(String format, String logger, Consumer<Logger> statement) {
        var context = new LoggerContext();
        var mdc = new LogbackMDCAdapter();
        mdc.put("correlationId", "upload-7");
        context.setMDCAdapter(mdc);
        context.putProperty("CARAVAN_LOG_FORMAT", format);
        // A verb that ran in this process has asked for less.
        context.putProperty("CARAVAN_LOG_LEVEL", "INFO");
        var stderr = System.err;
        var captured = new ByteArrayOutputStream();
        try {
            System.setErr(new PrintStream(captured, true, UTF_8));
            var configurator = new JoranConfigurator();
            configurator.setContext(context);
            configurator.doConfigure(LogFormatTest.class.getResource("/logback.xml"));
            statement.accept(context.getLogger(logger));
        } catch (JoranException e) {
            throw new AssertionError(e);
        } finally {
            System.setErr(stderr);
            context.stop();
        }
        return captured.toString(UTF_8);
    }
}
