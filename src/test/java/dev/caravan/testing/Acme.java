package dev.caravan.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Routes as shipped, with one supplier more whose mapping fits on a few lines, so that a test can change exactly one thing. */
public final class Acme {
    public static final String MAPPING = "products/2-normalise/acme/product.jslt";

    private static final String JSLT = """
            {
              "id": .number,
              "sku": .number,
              "name": {"en": .title},
              "variants": [{
                "sku": .number,
                "options": {"Size": "one-size"},
                "prices": [for ([.price]) {"currency": "SAR", "amount": .} if (.)],
                "stock": .pieces
              }]
            }
            """;

    private final Path routes;

    private Acme(Path routes) {
        this.routes = routes;
    }

    /** A copy in a new folder. */
    public static Acme in(Path folder) {
        try (var files = Files.walk(Path.of("routes"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var copy = folder.resolve(Path.of("routes").relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
            Files.createDirectories(folder.resolve(MAPPING).getParent());
            Files.write(folder.resolve(MAPPING), JSLT.getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Acme(folder);
    }

    public Path folder() {
        return routes;
    }

    /** Puts something in the place of what stands in a file, once. */
    public Acme edited(String path, String from, String to) {
        var file = routes.resolve(path);
        try {
            var text = Files.readString(file);
            if (!text.contains(from)) throw new IllegalArgumentException(path + " has no " + from);
            Files.writeString(file, text.replace(from, to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** A record of this supplier's. */
    public static ObjectNode article(String number, String title, String price) {
        return Json.object()
                .put("number", number)
                .put("title", title)
                .put("pieces", 4)
                .put("price", price);
    }
}
