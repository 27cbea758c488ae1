package dev.caravan.stack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.failure.BadMessage;
import dev.caravan.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Requests nobody in their right mind sends, byte by byte, and what is wrong with an answer. The same ones for the same seed. */
final class Fuzz {
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "get", "");
    private static final List<String> SEGMENTS = List.of(
            "00000000-0000-0000-0000-000000000000",
            "%00",
            "%",
            "%zz",
            "%C0%AF",
            "..%2f..%2fetc%2fpasswd",
            "../../etc/passwd",
            "%F0%9F%98%80",
            "';drop table ledger.entry;--",
            "${jndi:ldap://127.0.0.1/x}",
            "{{database.url}}",
            "%7B%7Bpimcore.api-key%7D%7D",
            "a".repeat(3000));
    private static final List<String> QUERIES = List.of(
            "",
            "?limit=-1",
            "?limit=99999999999999999999",
            "?limit=%",
            "?id=%zz",
            "?id=' or '1'='1",
            "?id=%00",
            "?since=yesterday",
            "?state=%F0%28%8C%28",
            "?flow[]=a&flow[]=b",
            "?&&==&=&",
            "?bridgeEndpoint=true&httpMethodRestrict=GET",
            "?exposureLevel=full&stackTrace=true",
            "?" + "x=1&".repeat(500));
    private static final List<String> HEADERS = List.of(
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Type: multipart/form-data; boundary=x",
            "Content-Type: multipart/form-data",
            "Content-Type: text/xml",
            "Content-Type: \u0001",
            "Content-Encoding: gzip",
            "Transfer-Encoding: gzip, chunked",
            "CamelHttpUri: http://127.0.0.1:1/",
            "CamelHttpResponseCode: 500",
            "CamelBeanMethodName: close",
            "CamelFileName: ../../x",
            "camelexecCommandExecutable: id",
            "Accept: image/png",
            "Accept-Language: " + "x".repeat(2000),
            "Cookie: " + "x".repeat(20_000),
            "Expect: 100-continue",
            "Upgrade: websocket",
            "Range: bytes=0-0,1-1",
            "X-Forwarded-Host: evil",
            "webhook-id: %n%n",
            "webhook-timestamp: NaN",
            "webhook-signature: v1,");
    private static final List<String> BODIES = List.of(
            "",
            "{",
            "{}",
            "[]",
            "null",
            "\"\"",
            "{\"id\":\"not a uuid\"}",
            "{\"id\":{\"a\":[1]}}",
            "{\"since\":\"2026-13-45\"}",
            "{\"rate\":\"NaN\"}",
            "{\"rate\":1e999}",
            "{\"ramp\":true,\"rate\":1}",
            "{\"key\":\"' or 1=1\",\"bucket\":\"no..bucket\"}",
            "{\"key\":\"x\",\"bucket\":\"A B\"}",
            "{\"key\":\"\\u0000\"}",
            "{\"why\":\"\\u0000\"}",
            "{\"flow\":\"\\u0000\"}",
            "\u0000\u0001\u0002",
            "[".repeat(5000),
            "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx\r\n--x--\r\n",
            "x".repeat(1_200_000));

    /** Words of the inside: of a JVM, of libraries, of SQL. */
    private static final Pattern INSIDE = Pattern.compile(
            "\\tat |\\w+Exception|\\bjava\\.|\\bdev\\.caravan|org\\.apache|io\\.vertx|software\\.amazon|jdbc:|SQLSTATE|\\bselect \\w|\\binsert into\\b"
                    + "|syntax error|ledger\\.(upload|entry)\\b(?!;)");

    private final Random random;
    private final URI target;
    private final List<String> endpoints;
    private final List<String> keys;

    /**
     * @param endpoints method and path, as in {@code GET /api/things/{id}}
     * @param keys   API keys to come with, one or none a request
     */
    Fuzz(long seed, URI target, List<String> endpoints, List<String> keys) {
        this.random = new Random(seed);
        this.target = target;
        this.endpoints = endpoints;
        this.keys = keys;
    }

    /** What a server said. */
    record Answer(int status, String head, String body) {}

    /** A request as bytes: mostly with a method and a key that open the door, so that what lies behind is reached. */
    byte[] request() {
        var endpoint = one(endpoints).split(" ");
        var path = random.nextInt(10) == 0
                ? "/" + one(SEGMENTS)
                : endpoint[1].replaceAll("\\{[^}]+}", Matcher.quoteReplacement(one(SEGMENTS)));
        var method = random.nextInt(4) == 0 ? one(METHODS) : endpoint[0];
        var body = one(BODIES).getBytes(UTF_8);
        var head = new StringBuilder(
                method + " " + path + one(QUERIES) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n");
        for (int i = random.nextInt(3); i > 0; i--) head.append(one(HEADERS)).append("\r\n");
        if (random.nextInt(4) > 0) head.append("X-API-Key: ").append(one(keys)).append("\r\n");
        if (random.nextInt(8) > 0)
            head.append("Content-Length: ").append(body.length).append("\r\n");
        head.append("\r\n");
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.toString().getBytes(UTF_8));
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /**
     * Sends it and reads until the server closes.
     *
     * @return empty when the server closed without a word, which it may when it cannot make out a request
     */
    Optional<Answer> send(byte[] request) throws IOException {
        var all = new ByteArrayOutputStream();
        try (var socket = new Socket(target.getHost(), target.getPort())) {
            socket.setSoTimeout(3_000);
            try {
                socket.getOutputStream().write(request);
                socket.getOutputStream().flush();
                socket.getInputStream().transferTo(all);
            } catch (SocketException | SocketTimeoutException e) {
                // It has answered before it had read everything, and hung up; or it waits for more of a body.
                if (all.size() == 0) return Optional.empty();
            }
        }
        var text = all.toString(ISO_8859_1);
        if (text.startsWith("HTTP/1.1 100")) text = text.substring(text.indexOf("\r\n\r\n") + 4);
        if (text.isEmpty()) return Optional.empty();
        int end = text.indexOf("\r\n\r\n");
        var head = end < 0 ? text : text.substring(0, end);
        return Optional.of(new Answer(
                Integer.parseInt(head.split(" ")[1]),
                head.toLowerCase(Locale.ROOT),
                end < 0 ? "" : text.substring(end + 4)));
    }

    /**
     * What is wrong with an answer, in words; empty when nothing is.
     *
     * @param request what it answers
     * @param secrets nothing of these may be in it
     */
    static List<String> wrong(byte[] request, Answer answer, List<String> secrets) {
        var wrong = new ArrayList<String>();
        if (answer.status() >= 500) wrong.add("status " + answer.status());
        var said = answer.head() + "\n" + answer.body();
        var inside = INSIDE.matcher(said);
        if (inside.find()) wrong.add("tells of the inside: " + inside.group());
        for (var secret : secrets) if (said.contains(secret)) wrong.add("tells a secret");
        boolean bodiless = new String(request, ISO_8859_1).startsWith("HEAD ")
                || answer.body().isEmpty();
        if (answer.status() >= 400 && !bodiless) {
            if (!answer.head().contains("content-type: application/problem+json")) wrong.add("is no problem+json");
            else if (!problem(answer)) wrong.add("is a problem that is none");
        }
        return wrong;
    }

    private static boolean problem(Answer answer) {
        try {
            var json = Json.read(answer.body().getBytes(ISO_8859_1));
            return json.path("status").asInt() == answer.status()
                    && json.path("title").isTextual();
        } catch (BadMessage e) {
            return false;
        }
    }
}
