package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.products.ProductGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;

/** A file four times as large as the runtime's memory. */
@Tag("crash")
class BigFileIT {
    private static final long BYTES = 2L << 30;
    private static final int PRODUCTS = 20;
    private static final int SMALL = 20_000;
    private static final int LARGE_BYTES = 9_000_000;
    private static final int ALLOWED_BYTES = 7_000_000;
    private static final int ALLOWED = 60;

    @TempDir
    private Path folder;

    @Test
    void a_file_of_two_gigabytes_is_read_to_its_end_in_half_a_gigabyte_of_memory() throws IOException {
        var file = folder.resolve("big.ndjson");
        long records = write(file);
        try (var stack = new ProductsStack("big-file").with("UPLOADS_PAGE_SIZE", "50")) {
            stack.start(List.of("-Xmx512m", "-XX:+ExitOnOutOfMemoryError"));
            stack.upload("products/shein/big.ndjson", RequestBody.fromFile(file));

            await().atMost(Duration.ofMinutes(4))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        assertThat(stack.caravan().isAlive())
                                .as("alive; see %s", stack.log())
                                .isTrue();
                        return stack.count("select count(*) from ledger.upload where state = 'complete' and "
                                                + ProductsStack.FILES)
                                        == 1
                                && !stack.worksOnSomething();
                    });

            assertThat(stack.caravan().get("/api/ledger").path("balanced").asBoolean())
                    .isTrue();
            var ledger = stack.caravan().get("/api/ledger?upload=products/shein/big.ndjson");
            var upload = ledger.path("uploads").path(0);
            assertThat(upload.path("received").asLong()).isEqualTo(records);
            assertThat(upload.at("/states/delivered").asLong()).isEqualTo(PRODUCTS);
            assertThat(upload.at("/states/quarantined").asLong()).isEqualTo(records - PRODUCTS);
            assertThat(stack.caravan().get("/api/dead-letters")).isEmpty();
        }
    }

    /** Products; then records that are refused: many small ones, the largest that are looked at, and up to the size larger ones. */
    private static long write(Path file) throws IOException {
        long records = PRODUCTS + SMALL + ALLOWED;
        try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            var options = ProductGenerator.Options.of("shein", PRODUCTS, 1).withLayout(ProductGenerator.Layout.NDJSON);
            new ProductGenerator(options).write(out);
            for (int i = 0; i < SMALL; i++)
                out.write(("{\"code\":\"300\",\"n\":" + i + "}\n").getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < ALLOWED; i++) record(out, ALLOWED_BYTES);
            for (long written = (long) ALLOWED * ALLOWED_BYTES; written < BYTES; written += LARGE_BYTES) {
                record(out, LARGE_BYTES);
                records++;
            }
        }
        return records;
    }

    private static void record(OutputStream out, int bytes) throws IOException {
        var member = "{\"a\":\"%s\"},".formatted("a".repeat(90)).getBytes(StandardCharsets.UTF_8);
        out.write("{\"code\":\"300\",\"padding\":[".getBytes(StandardCharsets.UTF_8));
        for (int written = 0; written < bytes; written += member.length) out.write(member);
        out.write("0]}\n".getBytes(StandardCharsets.UTF_8));
    }
}
