package dev.caravan.records.read;

import dev.caravan.records.Reason;
import java.io.IOException;

/** The file's content cannot be read on, and reading it again would not help: unlike a failed connection. */
final class DamagedFile extends IOException {
    private final transient Reason reason;

    DamagedFile(Reason reason) {
        super(reason.message());
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
