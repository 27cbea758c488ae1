package dev.caravan.cli;

import dev.caravan.failure.BadSettings;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file on this machine and where it lies, or would lie, in the inbox.
 *
 * @param prefix folder of the inbox, with a slash at its end
 * @param path   an existing file
 */
public record InboxFile(String prefix, Path path) {
    private static final String DEFAULT_PREFIX = "products/shein/";

    /**
     * From {@code PREFIX=FILE}, or a bare {@code FILE}, which goes under {@code products/shein/}.
     *
     * @throws BadSettings when there is no such file
     */
    public static InboxFile of(String argument) {
        int equals = argument.indexOf('=');
        var prefix = equals < 0 ? DEFAULT_PREFIX : argument.substring(0, equals);
        var path = Path.of(equals < 0 ? argument : argument.substring(equals + 1));
        if (!Files.isRegularFile(path)) throw new BadSettings("no file " + path);
        return new InboxFile(prefix.endsWith("/") ? prefix : prefix + "/", path);
    }

    /** Its key in the inbox. */
    public String key() {
        return prefix + path.getFileName();
    }
}
