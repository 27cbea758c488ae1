/** What analysts read: data sets as Parquet in the archive, by day. */
package dev.caravan.archive;
