package dev.caravan.sandbox.pimcore;

import java.util.Map;

/** The pages that stand before Pimcore's JSON: Symfony's error page, and nginx's where PHP was not reached. */
final class Pages {
    private static final Map<Integer, String> REASONS = Map.of(
            400, "Bad Request",
            401, "Unauthorized",
            403, "Forbidden",
            404, "Not Found",
            429, "Too Many Requests",
            500, "Internal Server Error",
            502, "Bad Gateway",
            503, "Service Unavailable",
            504, "Gateway Time-out");

    private Pages() {}

    static boolean fromNginx(int status) {
        return status > 500 || status == 429;
    }

    static String html(int status) {
        var title = status + " " + REASONS.getOrDefault(status, "Error");
        if (fromNginx(status)) {
            return "<html>\n<head><title>" + title + "</title></head>\n<body>\n<center><h1>" + title
                    + "</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n";
        }
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                    <meta charset="UTF-8" />
                    <meta name="robots" content="noindex,nofollow,noarchive" />
                    <title>An Error Occurred: %s</title>
                </head>
                <body>
                <div class="container">
                    <h1>Oops! An Error Occurred</h1>
                    <h2>The server returned a "%s".</h2>

                    <p>
                        Something is broken. Please let us know what you were doing when this error occurred.
                        We will fix it as soon as possible. Sorry for any inconvenience caused.
                    </p>
                </div>
                </body>
                </html>
                """.formatted(title.substring(4), title);
    }
}
