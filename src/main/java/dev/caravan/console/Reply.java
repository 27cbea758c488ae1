package dev.caravan.console;

/** What a page or an action answers. */
sealed interface Reply {
    /**
     * A page to show.
     *
     * @param template file in {@code src/main/jte}, without its ending
     * @param model    what it shows: its parameter {@code page}
     */
    record Page(String template, Object model) implements Reply {}

    /**
     * Go on there, after something was done.
     *
     * @param path   behind {@code /console}, query included
     * @param notice one sentence that tells what was done
     */
    record Done(String path, String notice) implements Reply {}
}
