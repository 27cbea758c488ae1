package dev.caravan.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caravan.CrashPoint;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A thousand products, and a runtime that is killed again and again on their way. */
@Tag("crash")
class CrashMatrixIT {
    private static final int PRODUCTS = 1_000;
    private static final int PER_POINT = 40;
    private static final int RANDOM_KILLS = 10;
    private static final long SEED = 20_260;
    /** Those that products pass. */
    private static final Set<CrashPoint> POINTS = EnumSet.range(CrashPoint.PAGE_SAVED, CrashPoint.MEDUSA_CONFIRMED);

    @Test
    void nothing_is_lost_or_doubled_wherever_the_runtime_is_killed() {
        try (var stack = new ProductsStack("crash-matrix").impatient().with("UPLOADS_PAGE_SIZE", "20")) {
            int uploaded = 0;

            for (var point : POINTS) {
                stack.upload(PER_POINT);
                uploaded += PER_POINT;
                var inMidFile = point == CrashPoint.EVENTS_SENT || point == CrashPoint.PAGE_SAVED;
                var caravan = stack.startToCrashAt(point.name() + (inMidFile ? ":2" : ""));
                assertThat(caravan.awaitExit()).as("exit code at %s", point).isEqualTo(137);
                tell("at " + point, stack);
            }

            var random = new SplittableRandom(SEED);
            for (int kill = 1; kill <= RANDOM_KILLS; kill++) {
                int count = kill == RANDOM_KILLS
                        ? PRODUCTS - uploaded
                        : (PRODUCTS - POINTS.size() * PER_POINT) / RANDOM_KILLS;
                stack.upload(count);
                uploaded += count;
                long before = stack.hops();
                var caravan = stack.start();
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> stack.hops() > before);
                int after = random.nextInt(1_500);
                pause(after);
                caravan.kill();
                tell("kill %d of %d, %d ms after work began".formatted(kill, RANDOM_KILLS, after), stack);
            }
            stack.start();
            stack.awaitRest(Duration.ofMinutes(3));

            assertThat(uploaded).isEqualTo(PRODUCTS);
            stack.assertAllOnSaleOnce();
        }
    }

    private static void tell(String where, ProductsStack stack) {
        System.out.printf("killed %s: %s%n", where, stack.inFlight());
    }

    /** No waiting for something: the moment is random on purpose. */
    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
