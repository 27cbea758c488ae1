package dev.caravan.clickstream;

/**
 * Who clicks: a user, or, as long as nobody knows better, the tracker's session.
 *
 * @param anonymous whether the id is that of a session
 * @param id        user id or session id
 */
public record Visitor(boolean anonymous, String id) {
    public static Visitor user(String userId) {
        return new Visitor(false, userId);
    }

    public static Visitor anonymous(String sessionId) {
        return new Visitor(true, sessionId);
    }
}
