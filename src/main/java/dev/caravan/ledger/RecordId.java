package dev.caravan.ledger;

import java.util.UUID;

/**
 * One record of an upload.
 *
 * @param upload the upload's id, which is also its correlation id
 * @param index  from 0
 */
public record RecordId(UUID upload, long index) {
    @Override
    public String toString() {
        return upload + "#" + index;
    }
}
