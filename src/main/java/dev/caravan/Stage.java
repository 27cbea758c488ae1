package dev.caravan;

import dev.caravan.Assembly.Edges;
import dev.caravan.aws.BatchMessage;
import dev.caravan.deadletters.Rehearsals;
import dev.caravan.failure.BadSettings;
import dev.caravan.failure.TargetUnavailable;
import dev.caravan.json.Json;
import dev.caravan.observe.Outcomes;
import dev.caravan.observe.Tracing;
import dev.caravan.outbound.Call;
import dev.caravan.outbound.Changes;
import dev.caravan.outbound.RecordingPort;
import dev.caravan.outbound.Reply;
import dev.caravan.products.Pretence;
import dev.caravan.products.Suppliers;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Database;
import dev.caravan.tasks.HandlerRoutes;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The routes as their files are now, for a rehearsal: targets and S3 are only looked at, events and messages go nowhere, the database forgets. */
final class Stage implements Rehearsals.Stage {
    /** How long a product that is being worked on is waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Database.Rehearsal rehearsal;
    private final Changes changes = new Changes();
    private final StagedRoutes routes;

    /**
     * @param live where work is done
     * @throws BadSettings when a route, mapping or schema is broken
     */
    Stage(Settings settings, Edges live, Clock clock) {
        rehearsal = live.database().rehearsal(PATIENCE);
        try {
            var files = RouteFiles.at(settings.text("caravan.routes"));
            var edges = edges(live, Suppliers.load(files));
            var assembly = new Assembly(settings, files, edges, clock);
            routes = new StagedRoutes(settings, files, assembly.beans(), edges);
        } catch (RuntimeException e) {
            rehearsal.close();
            throw e;
        }
    }

    private Edges edges(Edges live, Suppliers suppliers) {
        return new Edges(
                suppliers,
                rehearsal.database(),
                new LookingS3(live.s3()),
                StagedRoutes::taken,
                (queue, body) -> {},
                Map::of,
                wakeups -> Set.of(),
                new HandlerRoutes(() -> routes.context()),
                new RecordingPort(live.pimcore(), Stage::asks, Stage::unheard),
                new RecordingPort(live.medusa(), Call::reads, Stage::unheard),
                live.lastSent().lookingOnly(),
                live.inProgress(),
                live.webhookIds(),
                new Outcomes(new SimpleMeterRegistry()),
                Tracing.OFF,
                Optional.of(Pretence.rehearsal(changes)));
    }

    @Override
    public Database database() {
        return rehearsal.database();
    }

    @Override
    public void perform(String queue, BatchMessage message) {
        routes.perform(queue, List.of(message));
    }

    @Override
    public Changes.Told told() {
        return changes.take();
    }

    @Override
    public void undo() {
        rehearsal.undo();
    }

    @Override
    public void close() {
        routes.close();
        rehearsal.close();
    }

    /** Whether a GraphQL call only asks. */
    private static boolean asks(Call call) {
        return !Json.read(call.body()).path("query").asText().stripLeading().startsWith("mutation");
    }

    /** Nothing here writes to a target; were it tried all the same, nobody would say that it went well. */
    private static Reply unheard(Call call) {
        throw new TargetUnavailable("rehearsal", "a rehearsal sends nothing: " + call);
    }
}
