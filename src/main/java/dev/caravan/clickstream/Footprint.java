package dev.caravan.clickstream;

import java.util.List;

/**
 * What sessions, minutes and rules keep of a click.
 *
 * @param time      in milliseconds since 1970 UTC
 * @param source    through which it came
 * @param device    null when not told, as country
 * @param address   hash of the IP address, which rules compare and nobody reads; 0 when not told
 * @param cartValue NaN when not told
 * @param matches   names of the rules whose condition this click alone fulfils, sorted; mostly none
 */
public record Footprint(
        String eventId,
        long time,
        String source,
        String type,
        String device,
        String country,
        int address,
        double cartValue,
        List<String> matches) {}
