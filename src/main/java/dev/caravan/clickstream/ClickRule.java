package dev.caravan.clickstream;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** A rule of {@code rules.yaml}, by its kind. */
public sealed interface ClickRule {
    /** As it stands in the file. */
    String name();

    /** How bad it is: {@code low}, {@code medium} or {@code high}. */
    String severity();

    /** Priority of the tasks its alerts become; empty for no tasks. */
    Optional<String> task();

    /** Over which it counts; and an episode ends when the rule was not broken for so long. */
    Duration window();

    /** What would clear its alerts, as in "clears when …". */
    String clearsWhen();

    /** {@code rate}: more than so many clicks of one visitor within any window; the first and the last are less than the window apart. */
    record Rate(String name, String severity, Optional<String> task, Duration window, int limit) implements ClickRule {
        @Override
        public String clearsWhen() {
            return "for " + said(window) + " no " + said(window) + " had more than " + limit + " clicks";
        }
    }

    /**
     * {@code value}: a number above a limit.
     *
     * @param field {@code quantity}, {@code price} or {@code cart_value}
     */
    record Value(String name, String severity, Optional<String> task, Duration window, String field, double limit)
            implements SingleClick {
        @Override
        public boolean isBrokenBy(Click click) {
            // NaN is above nothing.
            return switch (field) {
                case "quantity" -> click.quantity() > limit;
                case "price" -> click.price() > limit;
                default -> click.cartValue() > limit;
            };
        }

        @Override
        public String clearsWhen() {
            return "for " + said(window) + " no click has " + field + " above " + (long) limit;
        }
    }

    /** {@code pattern}: a user agent in which the pattern is found. */
    record Agent(String name, String severity, Optional<String> task, Duration window, Pattern pattern)
            implements SingleClick {
        @Override
        public boolean isBrokenBy(Click click) {
            return click.userAgent() != null
                    && pattern.matcher(click.userAgent()).find();
        }

        @Override
        public String clearsWhen() {
            return "for " + said(window) + " no click comes with such a user agent";
        }

        /** A pattern is the one that is written the same. */
        @Override
        public boolean equals(Object other) {
            return other instanceof Agent agent && toString().equals(agent.toString());
        }

        @Override
        public int hashCode() {
            return toString().hashCode();
        }
    }

    /** {@code distinct}: more than so many different IP addresses, or countries, of one visitor within any window. */
    record Distinct(
            String name, String severity, Optional<String> task, Duration window, boolean ofCountries, int limit)
            implements ClickRule {
        @Override
        public String clearsWhen() {
            return "for " + said(window) + " no " + said(window) + " had more than " + limit + " different "
                    + (ofCountries ? "countries" : "IP addresses");
        }
    }

    /** {@code count}: more than so many clicks of some types within any window. */
    record Count(String name, String severity, Optional<String> task, Duration window, Set<String> types, int limit)
            implements ClickRule {
        @Override
        public String clearsWhen() {
            return "for " + said(window) + " no " + said(window) + " had more than " + limit + " of "
                    + String.join(", ", types);
        }
    }

    /** A rule that one click is enough to break; it is looked at once, where the click comes in. */
    sealed interface SingleClick extends ClickRule {
        boolean isBrokenBy(Click click);
    }

    private static String said(Duration window) {
        return window.toSeconds() + " s";
    }
}
