package dev.caravan.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing here, and nothing that ever was here, is a secret of somebody. */
class SecretsTest {
    /** Cut in the middle, so that this file has none. */
    private static final String CUT = "|";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "key AKIA|Q7JZ2MX4R8NT5WPL",
                "-----BEGIN RSA |PRIVATE KEY-----MIIEowIBAAKCAQEA0m59",
                "https://x:ghp_|1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R@github.com",
                "glpat-|a1B2c3D4e5F6g7H8i9J0",
                "npm_|1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R",
                "xoxb-|123456789012-abcdefGHIJKL",
                "AIza|SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
                "sk_live_|4eC39HqLyjWDarjtT1zdp7dc",
                "eyJhbGciOiJIUzI1NiJ9.|eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
                "aws_secret_access_key = |wJalrXUtnFEMIK7MDENGbPxRfiCYq8Zt2LkVh0Ns",
                "MEDUSA_API_KEY=|k9Q2vX7bT4mZ8wR1sY6n",
                "\"password\": \"|uT7x2Kq9Lm4Zp8Wc3Vb6\""
            })
    void what_is_planted_is_found(String planted) {
        assertThat(Secrets.in(planted.replace(CUT, ""))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "aws_access_key_id=AKIAIOSFODNN7EXAMPLE",
                "MEDUSA_API_KEY=…",
                "camel.component.secret=aws-secrets-manager-reference",
                "private final String apiKey = settings.requiredText(\"medusa.api-key\");",
                "password: changeme"
            })
    void what_only_speaks_of_secrets_is_none(String line) {
        assertThat(Secrets.in(line)).isEmpty();
    }

    @Test
    void no_file_has_one() {
        var found = new TreeSet<String>();
        for (var file : Repository.files("")) {
            Repository.textOf(file).ifPresent(text -> text.lines()
                    .forEach(line -> Secrets.in(line).ifPresent(secret -> found.add(file + ": " + secret))));
        }

        assertThat(found).isEmpty();
    }

    @Test
    void no_file_ever_had_one() throws IOException, InterruptedException {
        assumeTrue(Files.exists(Path.of(".git")), "no history here");
        var found = new TreeSet<String>();
        var log = new ProcessBuilder(
                        "git", "log", "--all", "--patch", "--unified=0", "--no-color", "--no-textconv", "--no-ext-diff")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        int lines = 0;
        try (var changes = new BufferedReader(new InputStreamReader(log.getInputStream(), UTF_8))) {
            for (var line = changes.readLine(); line != null; line = changes.readLine()) {
                lines++;
                Secrets.in(line).ifPresent(found::add);
            }
        }

        assertThat(log.waitFor()).isZero();
        assertThat(lines).isPositive();
        assertThat(found).isEmpty();
    }
}
