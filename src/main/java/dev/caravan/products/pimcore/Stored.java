package dev.caravan.products.pimcore;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/** A product as Pimcore has it: as much of it as decides what to send. Changes as the write goes on. */
final class Stored {
    /** What stands in a variant's content hash after Caravan unpublished it because the source no longer has it. */
    static final String GONE = "gone";

    /** A variant in Pimcore. */
    record Variant(String id, String externalId, String sku, String contentHash, boolean published) {
        static Variant of(JsonNode node) {
            return new Variant(
                    node.path("id").asText(),
                    node.path("externalId").asText(""),
                    node.path("sku").asText(""),
                    node.path("contentHash").asText(""),
                    node.path("published").asBoolean());
        }
    }

    private final String id;
    private final String fullpath;
    private boolean published;
    private String contentHash;
    private SyncState notes;
    private final Map<String, Variant> variants = new HashMap<>();

    private Stored(String id, String fullpath, boolean published, String contentHash, SyncState notes) {
        this.id = id;
        this.fullpath = fullpath;
        this.published = published;
        this.contentHash = contentHash;
        this.notes = notes;
    }

    static Stored of(JsonNode node) {
        return new Stored(
                node.path("id").asText(),
                node.path("fullpath").asText(),
                node.path("published").asBoolean(),
                node.path("contentHash").asText(""),
                SyncState.parse(node.path("syncState").asText(null)));
    }

    /** Just created, unpublished, and without its variants. */
    static Stored created(String id, String fullpath) {
        return new Stored(id, fullpath, false, "", SyncState.NONE);
    }

    String id() {
        return id;
    }

    String fullpath() {
        return fullpath;
    }

    boolean published() {
        return published;
    }

    String contentHash() {
        return contentHash;
    }

    SyncState notes() {
        return notes;
    }

    /** By external id. */
    Map<String, Variant> variants() {
        return variants;
    }

    void put(Variant variant) {
        variants.put(variant.externalId(), variant);
    }

    void complete(String hash, SyncState state, boolean nowPublished) {
        contentHash = hash;
        notes = state;
        published = nowPublished;
    }
}
