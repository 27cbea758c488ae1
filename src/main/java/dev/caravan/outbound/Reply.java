package dev.caravan.outbound;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a target answered.
 *
 * @param status  HTTP status
 * @param headers first value of each header; names in any case
 * @param body    the bytes, empty when there were none
 */
public record Reply(int status, Map<String, String> headers, byte[] body) {
    public Reply {
        var folded = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        folded.putAll(headers);
        headers = folded;
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    public boolean ok() {
        return status >= 200 && status < 300;
    }
}
