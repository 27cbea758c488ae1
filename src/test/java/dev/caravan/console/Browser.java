package dev.caravan.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.testing.PublicPort;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a browser does, without looking: keeps cookies, sends forms with the token of the page, follows no redirect by itself. */
final class Browser {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([0-9a-f]{64})\"");

    private final PublicPort port;
    private final Map<String, String> cookies = new TreeMap<>();
    private String csrf = "";

    Browser(PublicPort port) {
        this.port = port;
    }

    /** Signs in; at the first page afterwards. */
    Browser signedIn(String key) {
        post("/console/sign-in", "key", key);
        get("/console");
        return this;
    }

    HttpResponse<String> get(String path, String... headers) {
        return send(headers(HttpRequest.newBuilder(port.url(path)), headers));
    }

    /** Sends a form, with the token of the page seen last. */
    HttpResponse<String> post(String path, String... fields) {
        var form = new ArrayList<String>();
        form.add("csrf=" + csrf);
        for (int i = 0; i < fields.length; i += 2) form.add(fields[i] + "=" + URLEncoder.encode(fields[i + 1], UTF_8));
        return post(path, String.join("&", form), new String[0]);
    }

    /** Sends a form whose last field may be long, as plain text. */
    HttpResponse<String> plain(String path, String... fields) {
        var form = new StringBuilder("csrf=" + csrf + "\r\n");
        for (int i = 0; i < fields.length; i += 2)
            form.append(fields[i]).append('=').append(fields[i + 1]).append("\r\n");
        return send(HttpRequest.newBuilder(port.url(path))
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString(form.toString())));
    }

    HttpResponse<String> post(String path, String form, String[] headers) {
        return send(headers(HttpRequest.newBuilder(port.url(path)), headers)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form)));
    }

    /** The page that tells what an action did. */
    String after(HttpResponse<String> done) {
        if (done.statusCode() != 303) throw new AssertionError(done.statusCode() + " " + done.body());
        return get(location(done)).body();
    }

    static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }

    String csrf() {
        return csrf;
    }

    private static HttpRequest.Builder headers(HttpRequest.Builder request, String... headers) {
        return headers.length == 0 ? request : request.headers(headers);
    }

    /** Lines of events, as they come. */
    Stream<String> listen(String path) {
        var request = withCookies(HttpRequest.newBuilder(port.url(path)).header("Accept", "text/event-stream"));
        try {
            return HTTP.send(request.build(), BodyHandlers.ofLines()).body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder withCookies(HttpRequest.Builder request) {
        if (!cookies.isEmpty()) {
            request.header(
                    "Cookie",
                    String.join(
                            "; ",
                            cookies.entrySet().stream().map(Object::toString).toList()));
        }
        return request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        withCookies(request);
        try {
            var answer = HTTP.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
            for (var cookie : answer.headers().allValues("Set-Cookie")) {
                var pair = cookie.substring(0, cookie.indexOf(';')).split("=", 2);
                if (pair[1].isEmpty()) cookies.remove(pair[0]);
                else cookies.put(pair[0], pair[1]);
            }
            var found = CSRF.matcher(answer.body());
            if (found.find()) csrf = found.group(1);
            return answer;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
