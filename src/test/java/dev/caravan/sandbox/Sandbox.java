package dev.caravan.sandbox;

import dev.caravan.sandbox.medusa.MedusaStandIn;
import dev.caravan.sandbox.pimcore.PimcoreStandIn;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Everything Caravan needs around it, on loopback: S3, SQS, EventBridge, PostgreSQL, and stand-ins for Pimcore and Medusa. */
public final class Sandbox implements AutoCloseable {
    private final PostgresSandbox postgres;
    private final AwsSandbox aws;
    private final PimcoreStandIn pimcore;
    private final MedusaStandIn medusa;

    private Sandbox(PostgresSandbox postgres, AwsSandbox aws, PimcoreStandIn pimcore, MedusaStandIn medusa) {
        this.postgres = postgres;
        this.aws = aws;
        this.pimcore = pimcore;
        this.medusa = medusa;
    }

    /** Starts all of it, side by side. */
    public static Sandbox start() {
        return start(AwsSandbox.Options.defaults());
    }

    public static Sandbox start(AwsSandbox.Options options) {
        var postgres = CompletableFuture.supplyAsync(PostgresSandbox::start);
        var aws = CompletableFuture.supplyAsync(() -> AwsSandbox.start(options));
        var pimcore = CompletableFuture.supplyAsync(PimcoreStandIn::start);
        return new Sandbox(postgres.join(), aws.join(), pimcore.join(), new MedusaStandIn());
    }

    public AwsSandbox aws() {
        return aws;
    }

    public PostgresSandbox postgres() {
        return postgres;
    }

    public PimcoreStandIn pimcore() {
        return pimcore;
    }

    public MedusaStandIn medusa() {
        return medusa;
    }

    /** Tells Pimcore where the runtime takes its webhooks. */
    public void webhooksTo(URI caravan) {
        pimcore.webhookUrl(caravan.resolve("/hooks/pimcore"));
    }

    /** The settings that make a runtime use this sandbox. */
    public Map<String, String> environment() {
        var environment = new TreeMap<>(aws.environment());
        environment.put("DATABASE_URL", postgres.jdbcUrl());
        environment.put("PIMCORE_URL", pimcore.endpoint().toString());
        environment.put("PIMCORE_API_KEY", pimcore.apiKey());
        environment.put("PIMCORE_WEBHOOK_SECRET", pimcore.webhookSecret());
        environment.put("MEDUSA_URL", medusa.url().toString());
        environment.put("MEDUSA_API_KEY", medusa.secretKey());
        return environment;
    }

    @Override
    public void close() {
        medusa.close();
        pimcore.close();
        aws.close();
        postgres.close();
    }
}
