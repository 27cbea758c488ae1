package dev.caravan.testing;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test during which something tried to leave loopback, even if the code under test got over it; put on every test by META-INF/services. */
public final class StayedOnLoopback implements AfterEachCallback, AfterAllCallback {
    @Override
    public void afterEach(ExtensionContext context) {
        check();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        check();
    }

    private static void check() {
        var violations = LoopbackGuard.takeViolations();
        if (!violations.isEmpty()) throw new AssertionError("left loopback: " + String.join(", ", violations));
    }
}
