package dev.caravan.sandbox;

import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;

/** An empty Camel Main, which the start of the runtime is compared with: prints a line when it has started, and ends. */
public final class EmptyCamel {
    private EmptyCamel() {}

    public static void main(String[] arguments) throws Exception {
        var main = new Main();
        // Not Caravan's settings, which lie on the same class path.
        main.setDefaultPropertyPlaceholderLocation("false");
        main.addMainListener(new MainListenerSupport() {
            @Override
            public void afterStart(BaseMainSupport started) {
                System.out.println("started");
                main.completed();
            }
        });
        main.run();
    }
}
