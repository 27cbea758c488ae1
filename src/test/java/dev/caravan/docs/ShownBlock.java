package dev.caravan.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A block of code on a page.
 *
 * @param page     where it stands
 * @param line     of its first fence, from 1
 * @param language as the fence says it; blank when it says none
 * @param lines    between the fences, stripped
 */
record ShownBlock(Path page, int line, String language, List<String> lines) {
    private static final String FENCE = "```";

    /**
     * All blocks of a page, in order.
     *
     * @throws IllegalStateException when one is not closed before the next begins, or the page ends
     */
    static List<ShownBlock> of(Path page) {
        var blocks = new ArrayList<ShownBlock>();
        ShownBlock open = null;
        int number = 0;
        for (var line : Repository.text(page).lines().map(String::strip).toList()) {
            number++;
            if (open == null && line.startsWith(FENCE))
                open = new ShownBlock(page, number, line.substring(FENCE.length()), new ArrayList<>());
            else if (open != null && line.equals(FENCE)) {
                blocks.add(open);
                open = null;
            } else if (open != null && line.startsWith(FENCE)) throw open.unclosed();
            else if (open != null) open.lines.add(line);
        }
        if (open != null) throw open.unclosed();
        return blocks;
    }

    /** Whether it is to be typed into a shell. */
    boolean isCommands() {
        return List.of("sh", "bash", "shell", "console").contains(language);
    }

    private IllegalStateException unclosed() {
        return new IllegalStateException(page + ":" + line + ": a block that is not closed");
    }
}
