package dev.caravan.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.flipkart.zjsonpatch.DiffFlags;
import com.flipkart.zjsonpatch.JsonDiff;
import dev.caravan.failure.BadMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;

/** JSON as Caravan reads, writes and compares it: strict about duplicate keys and depth, exact about numbers. */
public final class Json {
    /** Deeper input is refused: no supplier nests like that, and recursion over it costs the stack. */
    public static final int MAX_DEPTH = 64;

    private static final ObjectMapper MAPPER = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(16 << 20)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final EnumSet<DiffFlags> DIFF = EnumSet.of(
            DiffFlags.OMIT_COPY_OPERATION, DiffFlags.OMIT_MOVE_OPERATION, DiffFlags.ADD_ORIGINAL_VALUE_ON_REPLACE);

    private Json() {}

    public static ObjectMapper mapper() {
        return MAPPER;
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    /** @throws BadMessage when the bytes are not one JSON value, repeat a key, or nest deeper than {@link #MAX_DEPTH} */
    public static JsonNode read(byte[] bytes) {
        try {
            var value = MAPPER.readTree(bytes);
            if (value.isMissingNode()) throw new BadMessage("not readable as JSON: there is nothing");
            return value;
        } catch (IOException e) {
            throw new BadMessage("not readable as JSON: " + firstLine(e), e);
        }
    }

    /** @throws BadMessage as {@link #read(byte[])} */
    public static JsonNode read(String text) {
        return read(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** The value as UTF-8 bytes, keys in the order they stand. */
    public static byte[] bytes(JsonNode value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same value always as the same bytes: keys sorted, no blanks. Array order is kept, because it means something. */
    public static byte[] canonicalBytes(JsonNode value) {
        var bytes = new ByteArrayOutputStream(8192);
        try (var generator = MAPPER.createGenerator(bytes)) {
            writeSorted(value, generator);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }

    /** SHA-256 of {@link #canonicalBytes}, 64 lower-case hex digits. */
    public static String hash(JsonNode value) {
        return sha256(canonicalBytes(value));
    }

    /** SHA-256, 64 lower-case hex digits. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void writeSorted(JsonNode value, JsonGenerator to) throws IOException {
        if (value.isObject()) {
            var names = new String[value.size()];
            int count = 0;
            for (var member : value.properties()) names[count++] = member.getKey();
            Arrays.sort(names);
            to.writeStartObject();
            for (var name : names) {
                to.writeFieldName(name);
                writeSorted(value.get(name), to);
            }
            to.writeEndObject();
        } else if (value.isArray()) {
            to.writeStartArray();
            for (var item : value) writeSorted(item, to);
            to.writeEndArray();
        } else if (value.isTextual()) {
            to.writeString(value.textValue());
        } else if (value.isInt()) {
            to.writeNumber(value.intValue());
        } else if (value.isBoolean()) {
            to.writeBoolean(value.booleanValue());
        } else if (value.isNull()) {
            to.writeNull();
        } else {
            to.writeTree(value);
        }
    }

    /** What changed, as RFC 6902 operations; a replaced value goes with them as {@code fromValue}, a removed one as {@code value}. */
    public static ArrayNode diff(JsonNode before, JsonNode after) {
        return (ArrayNode) JsonDiff.asJson(before, after, DIFF);
    }

    private static String firstLine(IOException e) {
        var message = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
