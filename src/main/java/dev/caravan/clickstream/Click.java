package dev.caravan.clickstream;

/**
 * One thing a visitor did in the shop, as the tracker told it.
 *
 * @param eventId    never blank; the same id of the same visitor is the same click
 * @param userId     who did it; null when nobody was logged in, never blank
 * @param sessionId  the tracker's session; null when there is none, never blank; there is one where there is no user
 * @param time       when, in milliseconds since 1970 UTC
 * @param type       such as {@code page_view} or {@code add_to_cart}, never blank
 * @param page       path or address; null when not told, as all that follows
 * @param referrer   from where the visitor came
 * @param userAgent  as the browser names itself
 * @param ipAddress  as text
 * @param device     such as {@code mobile}
 * @param country    as told, ISO 3166 or not
 * @param productId  the product it is about
 * @param category   of that product
 * @param quantity   how many; NaN when not told
 * @param price      of one, in the shop's currency; NaN when not told
 * @param cartValue  of the whole cart after it, in the shop's currency; NaN when not told
 * @param extras     the members nobody asked for, as the text of one JSON object; those of {@code properties} below that name; null for none
 */
public record Click(
        String eventId,
        String userId,
        String sessionId,
        long time,
        String type,
        String page,
        String referrer,
        String userAgent,
        String ipAddress,
        String device,
        String country,
        String productId,
        String category,
        double quantity,
        double price,
        double cartValue,
        String extras) {
    public Click {
        if (userId == null && sessionId == null)
            throw new IllegalArgumentException("click " + eventId + " has neither user nor session");
    }

    /** Who did it, as far as this click alone tells. */
    public Visitor visitor() {
        return userId == null ? Visitor.anonymous(sessionId) : Visitor.user(userId);
    }
}
