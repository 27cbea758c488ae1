package dev.caravan.clickstream;

/**
 * A user was seen in a session of the tracker: what an identified click that has a session id tells the partition of that session id, so that
 * anonymous clicks before it find their user.
 *
 * @param time in milliseconds since 1970 UTC
 */
public record Sighting(String sessionId, String userId, long time) {
    /** Of a click with user and session. */
    public static Sighting of(Click click) {
        return new Sighting(click.sessionId(), click.userId(), click.time());
    }
}
