package dev.caravan.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * What is kept of an id so that it is known again: a salted hash, and what tells quickly that some bytes are not it.
 *
 * @param hash        SHA-256 of salt and id
 * @param fingerprint of the first word in the id
 * @param lead        bytes of the id before that word
 * @param length      bytes of the id
 */
record Mark(byte[] salt, byte[] hash, int fingerprint, int lead, int length) {
    private static final int LONGEST_ID = 200;
    private static final int SALT = 16;
    private static final int FNV_BASIS = 0x811c9dc5;
    private static final int FNV_PRIME = 0x01000193;

    /** Whether a text can be an id: at most 200 characters with a letter or digit in it, without quotation marks, backslashes and blanks around it. */
    static boolean isFit(String id) {
        return !id.isBlank()
                && id.length() <= LONGEST_ID
                && id.equals(id.strip())
                && id.chars().noneMatch(letter -> letter < ' ' || letter == '"' || letter == '\\')
                && id.chars().anyMatch(letter -> letter < 128 && Character.isLetterOrDigit(letter));
    }

    /** Of an id that is {@linkplain #isFit fit}, with a salt of its own. */
    static Mark of(String id) {
        var salt = new byte[SALT];
        new SecureRandom().nextBytes(salt);
        var bytes = id.getBytes(UTF_8);
        int lead = 0;
        while (!isWord(bytes[lead])) lead++;
        int end = lead;
        int fingerprint = FNV_BASIS;
        while (end < bytes.length && isWord(bytes[end])) fingerprint = next(fingerprint, bytes[end++]);
        return new Mark(salt, hash(salt, bytes, 0, bytes.length), fingerprint, lead, bytes.length);
    }

    /** Whether the bytes from there on are the id. */
    boolean isAt(byte[] bytes, int from) {
        int end = from + length;
        return from >= 0
                && end <= bytes.length
                && (from == 0 || !isWord(bytes[from - 1]) || !isWord(bytes[from]) || isBehindEscape(bytes, from))
                && (end == bytes.length || !isWord(bytes[end]) || !isWord(bytes[end - 1]))
                && MessageDigest.isEqual(hash, hash(salt, bytes, from, length));
    }

    /** Whether an escape of JSON ends there: a letter that belongs to what is before it, such as a line break. */
    private static boolean isBehindEscape(byte[] bytes, int from) {
        return from >= 2 && bytes[from - 2] == '\\' || from >= 6 && bytes[from - 6] == '\\' && bytes[from - 5] == 'u';
    }

    /** Where the word that begins there begins when its first letters belong to an escape of JSON; otherwise the same. */
    static int behindEscape(byte[] bytes, int start) {
        if (start == 0 || bytes[start - 1] != '\\') return start;
        return start + (bytes[start] == 'u' ? 5 : 1);
    }

    /** How a fingerprint begins (FNV-1a of 32 bits, as in the IETF's draft on FNV). */
    static int begin() {
        return FNV_BASIS;
    }

    static int next(int fingerprint, byte letter) {
        return (fingerprint ^ (letter & 0xff)) * FNV_PRIME;
    }

    /** Letters, digits, _ and -, and all beyond ASCII. */
    static boolean isWord(byte letter) {
        return letter < 0
                || letter >= 'a' && letter <= 'z'
                || letter >= 'A' && letter <= 'Z'
                || letter >= '0' && letter <= '9'
                || letter == '_'
                || letter == '-';
    }

    private static byte[] hash(byte[] salt, byte[] bytes, int from, int length) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(salt);
            digest.update(bytes, from, length);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mark mark && Arrays.equals(hash, mark.hash) && Arrays.equals(salt, mark.salt);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hash);
    }

    @Override
    public String toString() {
        return "mark " + Integer.toHexString(fingerprint);
    }
}
