package dev.caravan.stack;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Files that came while no runtime was there. */
@Tag("crash")
class BacklogIT {
    private static final int FILES = 1_000;

    @Test
    void a_thousand_files_uploaded_while_the_runtime_was_away_are_all_on_sale() {
        try (var stack = new ProductsStack("backlog")) {
            for (int i = 0; i < FILES; i++) stack.upload(1);

            stack.start();
            stack.awaitRest(Duration.ofMinutes(5));

            stack.assertAllOnSaleOnce();
        }
    }
}
