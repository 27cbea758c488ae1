package dev.caravan.clickstream;

/**
 * A page as it stands in the log.
 *
 * @param source    empty for what partitions tell each other
 * @param watermark below it what happened is late
 * @param floor     lowest watermark of the sources that are waited for, after this page
 * @param clock     highest time of any source, after this page
 */
record LogPage(long position, String source, long watermark, long floor, long clock, PageContent content) {
    /** What it has for a partition; null for nothing. */
    Slice slice(int partition) {
        return content.slice(partition, position, source, watermark);
    }
}
