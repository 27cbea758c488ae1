package dev.caravan.testing;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Puts the {@link LoopbackGuard} up before the first test of a JVM; found by the JUnit Platform through META-INF/services. */
public final class LoopbackGuardListener implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        LoopbackGuard.install();
    }
}
