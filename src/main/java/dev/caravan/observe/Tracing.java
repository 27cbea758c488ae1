package dev.caravan.observe;

import com.fasterxml.jackson.databind.JsonNode;
import org.apache.camel.CamelContext;

/**
 * Tells what is done, and for whom; or, switched off, tells nobody. A context is spoken of as W3C's {@code traceparent}, a text that can be
 * sent and kept, so that who passes it on need not know who is told.
 */
public interface Tracing extends AutoCloseable {
    /** What a context is called wherever one travels: attribute of a message, field of an event's detail, header of a call. */
    String TRACEPARENT = "traceparent";

    /** Tells nobody. */
    Tracing OFF = new Tracing() {};

    /** The context of what this thread does; null when that is not traced. */
    default String current() {
        return null;
    }

    /**
     * Notes that a message was made: what its receivers do for it hangs on to that.
     *
     * @param what        kind of message, such as {@code ProductPublished}
     * @param destination where it is sent to
     * @param detail      says what the message is about; of it ids are told, and nothing else
     * @param cause       the context it was made in; null for that of this thread
     * @return its context, to travel with it; null when nothing is traced
     */
    default String created(String what, String destination, JsonNode detail, String cause) {
        return null;
    }

    /**
     * Does once more what was begun in an earlier trace, as the beginning of a new one that points at it.
     *
     * @param name    of what is done, one of a few words
     * @param earlier a context of that trace; null when none is known
     */
    default void again(String name, String earlier, Runnable work) {
        work.run();
    }

    /**
     * Goes on with what was begun elsewhere, or earlier, as a part of that trace.
     *
     * @param name of what is done, one of a few words
     * @param from the context it goes on with; null when none is known: then it begins a trace
     */
    default void goOn(String name, String from, Runnable work) {
        work.run();
    }

    /** Traces what routes do and whom they call; before the routes are made. */
    default void watch(CamelContext context) {}

    /** Sends what has not been sent yet, for a few seconds at most. */
    @Override
    default void close() {}
}
