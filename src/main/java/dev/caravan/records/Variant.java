package dev.caravan.records;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.SortedMap;

/**
 * One way in which others write what we know: which records are written so, and the mapping that brings them to our shape. All of it is
 * in the files of one folder.
 */
public final class Variant {
    private final String name;
    private final String title;
    private final int rank;
    private final Acceptance when;
    private final String groupBy;
    private final boolean catalogued;
    private final MappingFolder folder;
    private final String mappingHash;
    private final Mapping mapping;
    private final Sources sources;
    private final Extras extras;
    private final List<String> ignored;
    private final boolean plain;

    Variant(
            String name,
            String title,
            int rank,
            Acceptance when,
            String groupBy,
            boolean catalogued,
            MappingFolder folder,
            Mapping mapping,
            Sources sources,
            List<String> ignored,
            boolean plain) {
        this.name = name;
        this.title = title;
        this.rank = rank;
        this.when = when;
        this.groupBy = groupBy;
        this.catalogued = catalogued;
        this.folder = folder;
        this.mappingHash = folder.hash();
        this.mapping = mapping;
        this.sources = sources;
        this.extras = Extras.beyond(sources, ignored);
        this.ignored = List.copyOf(ignored);
        this.plain = plain;
    }

    /** Its folder's name: lower-case letters, digits and hyphens. */
    public String name() {
        return name;
    }

    /** For people; the name when its settings have no title. */
    public String title() {
        return title;
    }

    /** Variants are asked in the order of their ranks whether a record is theirs. */
    int rank() {
        return rank;
    }

    /** CSV column whose value neighbouring rows of one record share; null when a row is a record. */
    String groupBy() {
        return groupBy;
    }

    /** Where in a record a part of what its mapping makes came from, or should have; empty when it cannot be told. */
    public String pointerFor(String pointer, JsonNode source) {
        return sources.pointerFor(pointer, source);
    }

    /** Whether the products it names have to be in the catalogue. */
    public boolean catalogued() {
        return catalogued;
    }

    /** SHA-256 over {@link #files}: the version of the mapping. */
    public String mappingHash() {
        return mappingHash;
    }

    /** Everything that decides what becomes of a record, by path below {@code routes/}. */
    public SortedMap<String, byte[]> files() {
        return folder.files();
    }

    boolean takes(JsonNode record) {
        return when.accepts(record);
    }

    Mapping mapping() {
        return mapping;
    }

    /** Where in a record the parts of what is made of it come from. */
    public Sources sources() {
        return sources;
    }

    /** Pointers into a record of what is neither read nor kept. */
    public List<String> ignored() {
        return ignored;
    }

    /** Whether the mapping does no more than {@link #sources} say. */
    public boolean plain() {
        return plain;
    }

    Extras extras() {
        return extras;
    }

    @Override
    public String toString() {
        return name;
    }
}
