package dev.caravan.clickstream;

import java.time.Duration;

/** A rule of {@code rules.yaml}, by its kind. */
public sealed interface ClickRule {
    /** As it stands in the file. */
    String name();

    /** How bad it is: {@code low}, {@code medium} or {@code high}. */
    String severity();

    /** Over which it counts; and an episode ends when the rule was not broken for so long. */
    Duration window();

    /** What would clear its alerts, as in "clears when …". */
    String clearsWhen();

    /** {@code rate}: more than so many clicks of one visitor within any window. */
    record Rate(String name, String severity, Duration window, int limit) implements ClickRule {
        @Override
        public String clearsWhen() {
            return "no more than " + limit + " clicks come within any " + window.toSeconds() + " s for "
                    + window.toSeconds() + " s";
        }
    }
}
