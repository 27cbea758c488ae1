package dev.caravan.console;

import io.vertx.core.MultiMap;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;

/** A browser's request and the answer to it, as HTTP has them. */
final class Web {
    /** All there is comes from here; nothing runs that is not a file of ours; no other site shows it in a frame. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    private static final Set<String> LONG_FIELDS = Set.of("message", "mapping");

    private final HttpMessage message;
    private final HttpServerRequest request;

    private final Map<String, String> parameters;

    Web(Exchange exchange) {
        message = (HttpMessage) exchange.getMessage();
        request = message.getRequest();
        if (!isPost()) parameters = texts(request.params());
        else if (isPlainText()) parameters = lines(message.getBody(String.class));
        else parameters = texts(request.formAttributes());
        message.removeHeaders("*");
        message.setBody(null);
    }

    boolean isPost() {
        return request.method().equals(HttpMethod.POST);
    }

    /** Behind {@code /console}: {@code /uploads}, empty for {@code /console} and {@code /console/}. */
    String path() {
        var path = request.path().substring(Console.PATH.length());
        return path.equals("/") ? "" : path;
    }

    /** Path and query, to come back to. */
    String address() {
        return request.uri();
    }

    /** The form that was sent, or the query. */
    Map<String, String> parameters() {
        return parameters;
    }

    private boolean isPlainText() {
        return String.valueOf(request.getHeader("Content-Type")).startsWith("text/plain");
    }

    /** A form with {@code enctype="text/plain"}, for what is too long for a field of the other kind: its last field is the long one. */
    private static Map<String, String> lines(String form) {
        var texts = new HashMap<String, String>();
        var rest = form == null ? "" : form;
        while (!rest.isEmpty()) {
            var field = rest.split("=", 2);
            if (field.length < 2) break;
            int end = LONG_FIELDS.contains(field[0]) ? field[1].length() : field[1].indexOf("\r\n");
            if (end < 0) end = field[1].length();
            texts.putIfAbsent(field[0], field[1].substring(0, end).stripTrailing());
            rest = field[1].substring(Math.min(field[1].length(), end + 2));
        }
        return texts;
    }

    private static Map<String, String> texts(MultiMap fields) {
        var texts = new HashMap<String, String>();
        fields.forEach(field -> texts.putIfAbsent(field.getKey(), field.getValue()));
        return texts;
    }

    String remoteAddress() {
        return request.remoteAddress().hostAddress();
    }

    /** Whether a page refreshes a part of itself. */
    boolean refreshes() {
        return "true".equals(request.getHeader("HX-Request"));
    }

    /** Whether the browser says that a page of another site sent this. Older browsers, and those on plain http, say nothing. */
    boolean fromElsewhere() {
        var site = request.getHeader("Sec-Fetch-Site");
        return site != null && !site.equals("same-origin") && !site.equals("none");
    }

    /** Empty when there is none. */
    String cookie(String name) {
        return cookie(request, name);
    }

    /** Empty when there is none. */
    static String cookie(HttpServerRequest request, String name) {
        var cookie = request.getCookie(name);
        return cookie == null ? "" : URLDecoder.decode(cookie.getValue(), StandardCharsets.UTF_8);
    }

    /** @param value empty to have it forgotten */
    void setCookie(String name, String value, Duration kept) {
        var encrypted = request.isSSL() || "https".equals(request.getHeader("X-Forwarded-Proto"));
        message.getResponse()
                .addCookie(Cookie.cookie(name, URLEncoder.encode(value, StandardCharsets.UTF_8))
                        .setPath(Console.PATH)
                        .setHttpOnly(true)
                        .setSameSite(CookieSameSite.STRICT)
                        .setSecure(encrypted)
                        .setMaxAge(value.isEmpty() ? 0 : kept.toSeconds()));
    }

    void html(int status, String html) {
        message.getResponse().putHeader("Cache-Control", "no-store");
        answer(status, "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
    }

    void file(Assets.Asset asset) {
        message.getResponse().putHeader("Cache-Control", "private, max-age=3600");
        answer(200, asset.type() + "; charset=utf-8", asset.bytes());
    }

    /** Has the browser go on there; htmx, which would show it within the page, too. */
    void redirect(String path) {
        var response = message.getResponse().putHeader("Cache-Control", "no-store");
        response.putHeader(refreshes() ? "HX-Redirect" : "Location", path);
        answer(refreshes() ? 204 : 303, "text/html; charset=utf-8", new byte[0]);
    }

    private void answer(int status, String type, byte[] body) {
        message.getResponse()
                .putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "same-origin")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        message.setHeader(Exchange.CONTENT_TYPE, type);
        message.setBody(body);
    }
}
