package dev.caravan;

import dev.caravan.cli.Caravan;

/** The JAR's main class: {@code java -jar caravan.jar VERB}. */
public final class App {
    private App() {}

    public static void main(String[] arguments) {
        // Not just returning: threads of libraries would keep a failed start alive, its ports open.
        System.exit(Caravan.execute(arguments));
    }
}
