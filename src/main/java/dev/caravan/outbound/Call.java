package dev.caravan.outbound;

/**
 * A call to a target.
 *
 * @param method HTTP method, upper case
 * @param path   path and query below the target's base URL, percent-encoded, starting with a slash; empty for the base URL itself
 * @param body   JSON in UTF-8, or null when the call has none
 */
public record Call(String method, String path, byte[] body) {
    public static Call get(String path) {
        return new Call("GET", path, null);
    }

    public static Call post(String path, byte[] body) {
        return new Call("POST", path, body);
    }

    public static Call delete(String path) {
        return new Call("DELETE", path, null);
    }

    /** Whether the call only looks: such calls are let through in a rehearsal. */
    public boolean reads() {
        return method.equals("GET") || method.equals("HEAD");
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
