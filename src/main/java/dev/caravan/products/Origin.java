package dev.caravan.products;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;

/**
 * Where a record came from.
 *
 * @param bucket  of the upload
 * @param key     decoded, as in S3
 * @param version of the object
 * @param index   of the record in it, from 0
 * @param sha256  of the record's bytes
 */
public record Origin(String bucket, String key, String version, long index, String sha256) {
    ObjectNode toJson() {
        return Json.object()
                .put("bucket", bucket)
                .put("key", key)
                .put("version", version)
                .put("index", index)
                .put("sha256", sha256);
    }
}
