package dev.caravan.clickstream;

/**
 * What a click says in few words, as one number: 10 bits type, 8 device, 12 country, 12 source, as {@link Words}; 16 the rules that it alone
 * breaks; 1 whether it was moved here.
 */
final class Attributes {
    static final int TYPES = (1 << 10) - 1;
    static final int DEVICES = (1 << 8) - 1;
    static final int COUNTRIES = (1 << 12) - 1;
    static final int SOURCES = (1 << 12) - 1;
    /** How many rules can look at single clicks. */
    static final int MATCHES = 16;

    static final long MOVED = 1L << 58;

    private static final int DEVICE = 10;
    private static final int COUNTRY = 18;
    private static final int SOURCE = 30;
    private static final int MATCH = 42;

    private Attributes() {}

    static long of(int type, int device, int country, int source, int matches) {
        return type
                | (long) device << DEVICE
                | (long) country << COUNTRY
                | (long) source << SOURCE
                | (long) matches << MATCH;
    }

    static int type(long attributes) {
        return (int) attributes & TYPES;
    }

    static int device(long attributes) {
        return (int) (attributes >>> DEVICE) & DEVICES;
    }

    static int country(long attributes) {
        return (int) (attributes >>> COUNTRY) & COUNTRIES;
    }

    static int source(long attributes) {
        return (int) (attributes >>> SOURCE) & SOURCES;
    }

    /** One bit a rule. */
    static int matches(long attributes) {
        return (int) (attributes >>> MATCH) & 0xffff;
    }

    static boolean moved(long attributes) {
        return (attributes & MOVED) != 0;
    }
}
