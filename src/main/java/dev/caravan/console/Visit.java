package dev.caravan.console;

import dev.caravan.api.Sessions.Session;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/**
 * A request by somebody who is signed in.
 *
 * @param path       behind {@code /console}, such as {@code /uploads}; empty for the first page
 * @param parameters those of the query, or the fields of the form that was sent
 * @param notice     what the action before this page did, to be shown once; null when there was none
 * @param clock      for ages
 */
record Visit(String path, Map<String, String> parameters, Session session, String notice, Clock clock) {
    /** A parameter; empty when absent or blank. */
    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    /** A parameter as it stands, blanks and all; empty text when absent. */
    String text(String name) {
        return parameters.getOrDefault(name, "");
    }

    /** Whether buttons are shown. */
    boolean operator() {
        return session.operator();
    }

    /** Who acts, as the audit log names them. */
    String who() {
        return session.caller().name();
    }

    /** What each form carries, so that no other site can send it. */
    String csrf() {
        return session.csrf();
    }
}
