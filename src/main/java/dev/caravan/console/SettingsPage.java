package dev.caravan.console;

import dev.caravan.console.Reply.Page;
import dev.caravan.settings.Settings.InForce;
import java.util.List;

/** The settings in force, each with where it comes from. */
final class SettingsPage {
    private final Console.Needs needs;

    SettingsPage(Console.Needs needs) {
        this.needs = needs;
    }

    void addTo(Console console) {
        console.page(
                "/settings",
                visit -> new Page("settings", new Model(needs.settings().inForce())));
    }

    /** @param settings in the order of {@code docs/settings.md} */
    record Model(List<InForce> settings) {}
}
