package dev.caravan.clickstream;

/**
 * Message from the partition of a session to that of a user: an anonymous click is the user's, or is no longer. Moves of one click and user
 * take effect in the order of the log; one that comes twice does nothing the second time.
 *
 * @param given     true: the click is the user's; false: it is taken away again
 * @param userId    whose partition ({@link Partitioning}) it goes to
 * @param sessionId of the click
 */
public record Move(boolean given, String userId, String sessionId, Footprint click) {}
