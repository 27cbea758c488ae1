package dev.caravan.docs;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What looks like a secret: by the form its issuer gives it, or as something random that is given to a name that speaks of a secret. */
final class Secrets {
    /** Of a text of random letters of both sizes and digits; words and names have less. */
    private static final double BITS_A_CHARACTER = 3.6;

    private static final List<Pattern> FORMS = List.of(
            Pattern.compile("\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b"), // AWS
            Pattern.compile("-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\\s*[A-Za-z0-9+/]{16}"),
            Pattern.compile("\\bgh[pousr]_[A-Za-z0-9]{36}\\b|\\bgithub_pat_[A-Za-z0-9_]{50,}"),
            Pattern.compile("\\bglpat-[A-Za-z0-9_-]{20}"),
            Pattern.compile("\\bnpm_[A-Za-z0-9]{36}\\b"),
            Pattern.compile("\\bxox[abprs]-[0-9A-Za-z-]{20,}"), // Slack
            Pattern.compile("\\bAIza[0-9A-Za-z_-]{35}\\b"), // Google
            Pattern.compile("\\b[rs]k_live_[0-9A-Za-z]{20,}"), // Stripe
            Pattern.compile("\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{20,}")); // JWT

    private static final Pattern GIVEN = Pattern.compile(
            "(?i)(?:password|passwd|secret|token|api[_-]?key|access[_-]?key)[\"'\\w.-]{0,20}\\s*[:=]\\s*[\"']?([A-Za-z0-9+/_-]{20,}={0,2})(?![\\w(.])");

    /** What AWS's own documents have in the place of a key. */
    private static final String EXAMPLE = "EXAMPLE";

    /** Examples that open no door: the alphabet, and those with which Standard Webhooks tests its libraries. */
    private static final Set<String> EXAMPLES = Set.of(
            "AKIA" + "ABCDEFGHIJKLMNOP",
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==");

    private Secrets() {}

    /** The first thing in a line that looks like a secret. */
    static Optional<String> in(String line) {
        for (var form : FORMS) {
            var found = form.matcher(line);
            if (found.find() && !isExample(found.group())) return Optional.of(found.group());
        }
        return GIVEN.matcher(line)
                .results()
                .map(given -> given.group(1))
                .filter(value -> !isExample(value) && isRandom(value))
                .findFirst();
    }

    private static boolean isExample(String value) {
        return value.contains(EXAMPLE) || EXAMPLES.contains(value.replaceFirst("^whsec_", ""));
    }

    private static boolean isRandom(String value) {
        return value.chars().anyMatch(Character::isDigit)
                && value.chars().anyMatch(Character::isLetter)
                && bits(value) >= BITS_A_CHARACTER;
    }

    /** Shannon's entropy of its characters. */
    private static double bits(String value) {
        double bits = 0;
        for (int character : value.chars().distinct().toArray()) {
            double share =
                    (double) value.chars().filter(other -> other == character).count() / value.length();
            bits -= share * Math.log(share) / Math.log(2);
        }
        return bits;
    }
}
