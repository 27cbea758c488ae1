package dev.caravan.hawtio;

import java.util.function.Supplier;

/** In whose name a thread works: an operation of a management bean is not told who asks for it. */
final class Acting {
    private static final ThreadLocal<String> NAME = ThreadLocal.withInitial(() -> "jmx");

    private Acting() {}

    /** The name of the API key; {@code jmx} when somebody on this machine asks without Jolokia. */
    static String name() {
        return NAME.get();
    }

    static <T> T as(String name, Supplier<T> work) {
        NAME.set(name);
        try {
            return work.get();
        } finally {
            NAME.remove();
        }
    }
}
