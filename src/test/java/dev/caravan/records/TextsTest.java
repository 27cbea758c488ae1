package dev.caravan.records;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.text.Normalizer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TextsTest {
    @Test
    void texts_are_composed_and_lose_outer_blanks_and_control_characters() {
        assertThat(Texts.clean(" e\u0301\t")).isEqualTo("\u00e9");
        assertThat(Texts.clean("a\u0000b\u0085c")).isEqualTo("a b c");
        assertThat(Texts.clean("line\nline")).isEqualTo("line\nline");
        assertThat(Texts.clean("\u2003\u00e9\u2003")).isEqualTo("\u00e9");
        assertThat(Texts.clean("")).isEmpty();
        assertThat(Texts.clean("\u0627\u0653")).isEqualTo("\u0622");
    }

    @Property(tries = 2_000)
    void cleaning_gives_nfc_and_twice_is_once(@ForAll String text) {
        var cleaned = Texts.clean(text);

        assertThat(Normalizer.isNormalized(cleaned, Normalizer.Form.NFC)).isTrue();
        assertThat(Texts.clean(cleaned)).isEqualTo(cleaned);
    }

    @Test
    void the_letters_taken_for_plain_need_no_composing() {
        for (char c = 0x20; c < 0x700; c++) {
            var pair = "\u0627" + c;
            if (Texts.isPlain(pair))
                assertThat(Normalizer.isNormalized(pair, Normalizer.Form.NFC)).isTrue();
        }
    }

    @Test
    void half_characters_are_found_and_shown_as_replacement() {
        assertThat(Texts.isBroken("a\ud83d\ude00")).isFalse();
        assertThat(Texts.isBroken("a\ud83d")).isTrue();
        assertThat(Texts.isBroken("\ude00a")).isTrue();
        assertThat(Shown.storable("a\ud83db\u0000\ud83d\ude00")).isEqualTo("a\ufffdb\ufffd\ud83d\ude00");
    }

    @Test
    void long_values_are_shown_by_their_beginning() {
        assertThat(Shown.text("x".repeat(199) + "\ud83d\ude00" + "x".repeat(99)).textValue())
                .isEqualTo("x".repeat(199) + "…");
        assertThat(Shown.value(Json.read("{\"a\":[1,\"" + "x".repeat(300) + "\"],\"b\":{}}"))
                        .textValue())
                .startsWith("{\"a\":[1,\"xxx")
                .hasSize(201);
        assertThat(Shown.inMessage(Json.read("[[1,2],{\"a\":null}]"))).isEqualTo("[[1,2],{\"a\":null}]");
        assertThat(Shown.inMessage(Json.read("{}"))).isEqualTo("{}");
        assertThat(Shown.inMessage(null)).isEqualTo("missing");
    }

    @Property(tries = 3_000)
    void bytes_are_utf_8_when_the_jdk_says_so(@ForAll @Size(max = 40) byte[] bytes) {
        assertThat(Utf8.firstBadByte(bytes) < 0).isEqualTo(isUtf8(bytes));
    }

    @Property(tries = 1_000)
    void text_in_utf_8_is_utf_8(@ForAll String text) {
        assertThat(Utf8.firstBadByte(("12345678" + text).getBytes(UTF_8))).isNegative();
    }

    @Test
    void every_kind_of_bad_utf_8_is_found_where_it_stands() {
        int[][] bad = {
            {0x80},
            {0xc0, 0x80},
            {0xc1, 0xbf},
            {0xe0, 0x9f, 0x80},
            {0xed, 0xa0, 0x80},
            {0xf0, 0x8f, 0x80, 0x80},
            {0xf4, 0x90, 0x80, 0x80},
            {0xf5, 0x80, 0x80, 0x80},
            {0xff},
            {0xc3},
            {0xe2, 0x82},
            {0xf0, 0x9f, 0x98},
            {0xe2, 0x28, 0xa1}
        };
        for (var sequence : bad) {
            var bytes = new byte[9 + sequence.length];
            java.util.Arrays.fill(bytes, 0, 9, (byte) 'a');
            for (int i = 0; i < sequence.length; i++) bytes[9 + i] = (byte) sequence[i];

            assertThat(Utf8.firstBadByte(bytes)).isEqualTo(9);
        }
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
