package dev.caravan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.check.Check;
import dev.caravan.failure.BadSettings;
import dev.caravan.rerun.Comparison;
import dev.caravan.rerun.Past;
import dev.caravan.rerun.Past.Received;
import dev.caravan.rerun.Past.Span;
import dev.caravan.rerun.Results;
import dev.caravan.rerun.Results.Result;
import dev.caravan.rerun.VirtualClock;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import dev.caravan.state.Scratch;
import java.util.List;
import java.util.function.Consumer;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What came in once goes through routes once more: in the order of receipt, on a clock that shows when that was, into a scratch database,
 * with targets that are none and empty at first. What became of each record is told; nothing else remains.
 */
public final class Rerun {
    private final Settings settings;
    private final S3Client s3;

    /**
     * @param settings with the database the past is looked up in, and beside which the scratch ones are made
     * @param s3       where the objects lie
     */
    public Rerun(Settings settings, S3Client s3) {
        this.settings = settings;
        this.s3 = s3;
    }

    /**
     * Runs through one set of routes.
     *
     * @param told is given what became of each record, in order; see {@link Result#json}
     * @return how many uploads there were
     * @throws BadSettings                             when a route, mapping or schema is broken, or no scratch database can be made
     * @throws dev.caravan.failure.TargetUnavailable when database or S3 do not answer; then nothing was told
     */
    public int run(RouteFiles routes, Span span, Consumer<ObjectNode> told) {
        var past = past(span);
        try (var scratch = Scratch.beside(url())) {
            pass(routes, past, scratch).reading(results -> {
                results.forEachRemaining(result -> told.accept(result.json()));
                return null;
            });
        }
        return past.size();
    }

    /**
     * Runs through two sets of routes and compares.
     *
     * @param told is given each record's line of the comparison, in order; see {@link Comparison#add}
     * @return how many uploads there were
     * @throws BadSettings                             as {@link #run}
     * @throws dev.caravan.failure.TargetUnavailable as {@link #run}
     */
    public int compare(
            RouteFiles before, RouteFiles after, Span span, Comparison comparison, Consumer<ObjectNode> told) {
        Instance.refuse(new Check(after, RouteFiles.at(settings.text("caravan.kamelets")), settings).quickly(false));
        var past = past(span);
        try (var one = Scratch.beside(url());
                var other = Scratch.beside(url())) {
            var then = pass(after, past, other);
            pass(before, past, one)
                    .reading(olds -> then.reading(news -> {
                        comparison.addAll(olds, news, told);
                        return null;
                    }));
        }
        return past.size();
    }

    private List<Received> past(Span span) {
        return Past.uploads(url(), settings.text("inbox.bucket"), span);
    }

    private Results pass(RouteFiles routes, List<Received> past, Scratch scratch) {
        Results.prepare(scratch.database());
        var results = new Results(scratch.database());
        var clock = new VirtualClock();
        try (var trial = new Trial(settings, routes, scratch.database(), results, s3, clock)) {
            for (var received : past) {
                clock.set(received.at());
                trial.receive(received.upload())
                        .ifPresent(cause -> results.unreadable(received.upload().id(), cause));
            }
        }
        return results;
    }

    private String url() {
        return settings.text("database.url");
    }
}
