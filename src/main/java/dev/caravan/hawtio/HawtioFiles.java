package dev.caravan.hawtio;

import dev.caravan.api.Problem;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.impl.MimeMapping;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Hawtio's own files, as its library brings them, and ours in their place where we have one: its settings. */
final class HawtioFiles {
    private static final Pattern FILE = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\\.[a-z0-9]+");

    /** Names with a hash of the content in them, which never change. */
    private static final Pattern FOR_EVER = Pattern.compile("/static/.+");

    /** All there is comes from here; its editor makes workers of its own; PatternFly writes styles into elements. */
    private static final String POLICY =
            "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
                    + "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; form-action 'self'; "
                    + "frame-ancestors 'none'; base-uri 'self'; object-src 'none'";

    /**
     * Answers with a file, or, where the path names none, with the page whose script knows what to show there.
     *
     * @param path behind {@code /hawtio}
     */
    void answer(RoutingContext web, String path) {
        if (web.request().method() != HttpMethod.GET && web.request().method() != HttpMethod.HEAD)
            throw new Problem(405, "Method not allowed", "send a GET");
        var isFile = FILE.matcher(path).matches();
        if (!isFile && path.substring(path.lastIndexOf('/')).contains(".")) throw absent();
        var file = isFile ? path : "/index.html";
        var bytes = read("/hawtio/web" + file)
                .or(() -> read("/hawtio-static" + file))
                .orElseThrow(HawtioFiles::absent);
        var kept = FOR_EVER.matcher(file).matches() ? "private, max-age=31536000, immutable" : "no-cache";
        web.response().putHeader("Cache-Control", kept);
        send(web, 200, type(file), bytes);
    }

    private static Problem absent() {
        return new Problem(404, "Not found", "there is nothing at this address");
    }

    private static String type(String file) {
        var type = MimeMapping.getMimeTypeForFilename(file);
        if (type == null) return "application/octet-stream";
        return type.startsWith("text/") || type.contains("javascript") ? type + "; charset=utf-8" : type;
    }

    private static Optional<byte[]> read(String resource) {
        try (var in = HawtioFiles.class.getResourceAsStream(resource)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void send(RoutingContext web, int status, String type, byte[] body) {
        web.response()
                .setStatusCode(status)
                .putHeader("Content-Type", type)
                .putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "same-origin")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin")
                .end(Buffer.buffer(body));
    }
}
