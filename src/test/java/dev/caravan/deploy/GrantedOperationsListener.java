package dev.caravan.deploy;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Has each call of AWS looked at, in test runs alone. */
public final class GrantedOperationsListener implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        GrantedOperations.look();
    }
}
