package dev.caravan;

import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpEngine;

/**
 * Camel's own HTTP engine, told which port is the public one. By itself it asks the only server there is, and with a management server
 * beside it assumes 8080, so that on any other port no route would start.
 */
final class PublicPort extends VertxPlatformHttpEngine {
    private final int port;

    PublicPort(int port) {
        this.port = port;
    }

    @Override
    public int getServerPort() {
        return port;
    }
}
