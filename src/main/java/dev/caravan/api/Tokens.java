package dev.caravan.api;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.caravan.api.ApiKeys.Caller;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.settings.Settings;
import java.net.MalformedURLException;
import java.net.URI;
import java.text.ParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * JSON Web Tokens of one issuer, taken where API keys are: signed with one of its public keys, meant for us, not expired, and naming a role.
 * A caller by token is {@code jwt/SUBJECT}; of several roles it has the first of producer, viewer and operator.
 */
public final class Tokens implements Function<String, Optional<Caller>> {
    /** With public keys alone: a token signed with a secret, or not at all, is none. */
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    private final String roleClaim;

    private Tokens(String issuer, String audience, String roleClaim, JWKSource<SecurityContext> keys) {
        this.roleClaim = roleClaim;
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("sub", "exp", roleClaim)));
    }

    /**
     * As the settings say; nobody's tokens when they name no issuer.
     *
     * @throws BadSettings when an issuer is set without audience or keys
     */
    public static Function<String, Optional<Caller>> of(Settings settings) {
        var issuer = settings.text("jwt.issuer");
        if (issuer.isEmpty()) return token -> Optional.empty();
        for (var key : List.of("jwt.audience", "jwt.jwks-url", "jwt.role-claim"))
            if (settings.text(key).isEmpty()) throw new BadSettings("jwt.issuer is set, so " + key + " has to be, too");
        try {
            var url = URI.create(settings.text("jwt.jwks-url")).toURL();
            return new Tokens(
                    issuer,
                    settings.text("jwt.audience"),
                    settings.text("jwt.role-claim"),
                    JWKSourceBuilder.<SecurityContext>create(url).retrying(true).build());
        } catch (MalformedURLException e) {
            throw new BadSettings("jwt.jwks-url is no URL: " + e.getMessage());
        }
    }

    /**
     * Whose a token is.
     *
     * @return empty for one that is not to be taken, whatever is wrong with it
     * @throws TargetUnavailable when the issuer's keys cannot be had
     */
    @Override
    public Optional<Caller> apply(String token) {
        if (token.chars().filter(character -> character == '.').count() != 2) return Optional.empty();
        try {
            var claims = processor.process(token, null);
            return role(claims).map(role -> new Caller("jwt/" + claims.getSubject(), role));
        } catch (KeySourceException e) {
            throw new TargetUnavailable("jwks", "the keys of tokens cannot be had: " + e.getMessage(), null, e);
        } catch (ParseException | BadJOSEException | JOSEException e) {
            return Optional.empty();
        }
    }

    private Optional<Role> role(JWTClaimsSet claims) {
        var claim = claims.getClaim(roleClaim);
        var named = claim instanceof List<?> list ? list : List.of(claim);
        return Arrays.stream(Role.values())
                .filter(role -> named.contains(role.name().toLowerCase(Locale.ROOT)))
                .findFirst();
    }
}
