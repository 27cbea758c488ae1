package dev.caravan.observe;

import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.MDC;

/**
 * For which uploads this thread works now: each log line says so under {@code correlationId}. Whoever gives a thread work opens one and closes
 * it after; whoever finds out what the work is about says it in between.
 */
public final class Correlation implements AutoCloseable {
    /** As in the diagnostic context and in log lines. */
    public static final String KEY = "correlationId";

    /** As {@link #KEY}: of which trace the work is part, where there is one. */
    public static final String TRACE_KEY = "traceId";

    private final String before = MDC.get(KEY);

    private Correlation() {}

    /** The trace this thread's work is part of; empty when nobody traces it. */
    public static Optional<String> trace() {
        return Optional.ofNullable(MDC.get(TRACE_KEY));
    }

    /** What is said from here on holds until it is closed; then what was said before holds again. */
    public static Correlation begin() {
        return new Correlation();
    }

    /** The work up to the end is for one upload. */
    public static Correlation of(UUID upload) {
        var correlation = begin();
        MDC.put(KEY, upload.toString());
        return correlation;
    }

    /** The work is for these uploads, named in this order, each once, with blanks between them; for none when there are none. */
    public static void is(Collection<UUID> uploads) {
        if (uploads.isEmpty()) MDC.remove(KEY);
        else MDC.put(KEY, uploads.stream().distinct().map(UUID::toString).collect(Collectors.joining(" ")));
    }

    @Override
    public void close() {
        if (before == null) MDC.remove(KEY);
        else MDC.put(KEY, before);
    }
}
