package dev.caravan.cli;

import picocli.CommandLine.Option;

/** Why an operator does what is written down. */
final class WhyOption {
    @Option(names = "--why", required = true, paramLabel = "REASON", description = "Written down with who did it.")
    private String why;

    /** As it was given; never null. */
    String text() {
        return why;
    }
}
