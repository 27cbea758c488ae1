package dev.caravan.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.caravan.api.ApiKeys.Caller;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens against keys that are fetched over HTTP. */
class TokensTest {
    private static RSAKey rsa;
    private static ECKey ec;
    private static HttpServer server;
    private static Function<String, Optional<Caller>> tokens;

    @BeforeAll
    static void start() throws JOSEException, IOException {
        rsa = new RSAKeyGenerator(2048).keyID("rsa-1").generate();
        ec = new ECKeyGenerator(Curve.P_256).keyID("ec-1").generate();
        var published = new JWKSet(List.of(rsa.toPublicJWK(), ec.toPublicJWK())).toString();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/jwks", exchange -> {
            try (exchange) {
                var body = published.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        tokens = Tokens.of(settings("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks"));
    }

    @AfterAll
    static void stop() {
        server.stop(0);
    }

    private static Settings settings(String keys) {
        return Settings.of(Map.of(
                "JWT_ISSUER",
                "https://login.example",
                "JWT_AUDIENCE",
                "caravan",
                "JWT_JWKS_URL",
                keys,
                "JWT_ROLE_CLAIM",
                "roles"));
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer("https://login.example")
                .audience("caravan")
                .subject("mara")
                .claim("roles", "producer")
                .expirationTime(Date.from(Instant.now().plus(Duration.ofHours(1))));
    }

    private static String signed(JWTClaimsSet claims) {
        return signed(JWSAlgorithm.RS256, "rsa-1", () -> new RSASSASigner(rsa), claims);
    }

    private interface Making {
        JWSSigner make() throws JOSEException;
    }

    private static String signed(JWSAlgorithm algorithm, String key, Making signer, JWTClaimsSet claims) {
        try {
            var header = new JWSHeader.Builder(algorithm)
                    .keyID(key)
                    .type(JOSEObjectType.JWT)
                    .build();
            var token = new SignedJWT(header, claims);
            token.sign(signer.make());
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_token_of_the_issuer_names_its_owner_and_role() {
        assertThat(tokens.apply(signed(claims().build()))).contains(new Caller("jwt/mara", Role.PRODUCER));
        assertThat(tokens.apply(signed(JWSAlgorithm.ES256, "ec-1", () -> new ECDSASigner(ec), claims().build())))
                .contains(new Caller("jwt/mara", Role.PRODUCER));
        assertThat(tokens.apply(signed(
                        claims().claim("roles", List.of("staff", "viewer")).build())))
                .contains(new Caller("jwt/mara", Role.VIEWER));
        assertThat(tokens.apply(
                        signed(claims().audience(List.of("other", "caravan")).build())))
                .isPresent();
    }

    static Map<String, String> refused() throws JOSEException {
        var other = new RSAKeyGenerator(2048).keyID("rsa-1").generate();
        var sound = signed(claims().build());
        var refused = new HashMap<String, String>();
        var past = Date.from(Instant.now().minus(Duration.ofMinutes(5)));
        refused.put("expired", signed(claims().expirationTime(past).build()));
        refused.put("without end", signed(claims().expirationTime(null).build()));
        refused.put(
                "not valid yet",
                signed(claims().notBeforeTime(Date.from(Instant.now().plusSeconds(600)))
                        .build()));
        refused.put(
                "of another issuer",
                signed(claims().issuer("https://evil.example").build()));
        refused.put("without issuer", signed(claims().issuer(null).build()));
        refused.put("for somebody else", signed(claims().audience("shop").build()));
        refused.put("for nobody", signed(claims().audience((String) null).build()));
        refused.put("of nobody", signed(claims().subject(null).build()));
        refused.put("without role", signed(claims().claim("roles", null).build()));
        refused.put(
                "with an unknown role", signed(claims().claim("roles", "admin").build()));
        refused.put("with a number as role", signed(claims().claim("roles", 7).build()));
        refused.put("not signed", new PlainJWT(claims().build()).serialize());
        refused.put(
                "signed by another key",
                signed(JWSAlgorithm.RS256, "rsa-1", () -> new RSASSASigner(other), claims().build()));
        refused.put(
                "signed by an unknown key",
                signed(JWSAlgorithm.RS256, "rsa-9", () -> new RSASSASigner(other), claims().build()));
        refused.put(
                "signed with the public key as a secret",
                signed(
                        JWSAlgorithm.HS256,
                        "rsa-1",
                        () -> new MACSigner(rsa.toRSAPublicKey().getEncoded()),
                        claims().build()));
        refused.put(
                "with other claims than signed",
                sound.split("\\.")[0] + "."
                        + signed(claims().subject("noor").build()).split("\\.")[1] + "." + sound.split("\\.")[2]);
        refused.put("without its signature", sound.substring(0, sound.lastIndexOf('.') + 1));
        refused.put("of three words", "a.b.c");
        refused.put("of points", "..");
        return refused;
    }

    @Test
    void all_other_tokens_are_nobodys() throws JOSEException {
        assertThat(refused())
                .allSatisfy((what, token) ->
                        assertThat(tokens.apply(token)).as(what).isEmpty());
    }

    @Test
    void without_the_issuers_keys_nobody_can_say() {
        var away = Tokens.of(settings("http://127.0.0.1:1/jwks"));

        assertThatThrownBy(() -> away.apply(signed(claims().build()))).isInstanceOf(TargetUnavailable.class);
    }

    @Test
    void without_an_issuer_there_are_no_tokens() {
        assertThat(Tokens.of(Settings.of(Map.of())).apply(signed(claims().build())))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT_AUDIENCE", "JWT_JWKS_URL"})
    void an_issuer_without_the_rest_is_no_setting(String missing) {
        var environment = new HashMap<>(Map.of(
                "JWT_ISSUER",
                "https://login.example",
                "JWT_AUDIENCE",
                "caravan",
                "JWT_JWKS_URL",
                "https://login.example/jwks"));
        environment.remove(missing);

        assertThatThrownBy(() -> Tokens.of(Settings.of(environment)))
                .isInstanceOf(BadSettings.class)
                .hasMessageContaining(missing.toLowerCase(java.util.Locale.ROOT)
                        .replace("jwt_", "jwt.")
                        .replace('_', '-'));
    }
}
