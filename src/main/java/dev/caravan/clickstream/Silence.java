package dev.caravan.clickstream;

/**
 * A rule is not to speak of a visitor.
 *
 * @param rule  its name
 * @param until episodes that start before this time are not told, in milliseconds since 1970 UTC
 */
public record Silence(String rule, Visitor visitor, long until) {}
