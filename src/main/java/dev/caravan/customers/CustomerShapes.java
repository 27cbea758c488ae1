package dev.caravan.customers;

import dev.caravan.failure.BadSettings;
import dev.caravan.records.Rule;
import dev.caravan.records.Shaped;
import dev.caravan.records.StepShapes;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import dev.caravan.settings.Settings;
import java.time.Clock;
import java.util.Collection;
import java.util.List;

/** The shapes of transactions and tickets, and the ways in which they may be written: all in the files below {@code routes/customers/1-receive}. */
public final class CustomerShapes {
    private final StepShapes step;
    private final TransactionRules rules;

    private CustomerShapes(StepShapes step, TransactionRules rules) {
        this.step = step;
        this.rules = rules;
    }

    /**
     * Reads them; none when there is no such folder.
     *
     * @throws BadSettings when a mapping, schema or setting is wrong: file, line, what and what would be right
     */
    public static CustomerShapes load(RouteFiles files, Settings settings, Clock clock) {
        var rules = TransactionRules.of(settings);
        return new CustomerShapes(
                StepShapes.load(
                        files,
                        Kind.STEP,
                        List.of(
                                new StepShapes.Kind(
                                        Kind.TRANSACTION.area(),
                                        Kind.TRANSACTION.text(),
                                        new TransactionForm(rules, clock)),
                                new StepShapes.Kind(Kind.TICKET.area(), Kind.TICKET.text(), new TicketForm()))),
                rules);
    }

    /** The same, whatever flow they belong to. */
    public StepShapes step() {
        return step;
    }

    /** The rules that settings decide about. */
    public Collection<Rule> rules() {
        return rules.all();
    }

    /**
     * What becomes of a record, when the catalogue knows this and no more; whether it is a duplicate is not looked at.
     *
     * @param area inbox prefix that the step takes
     */
    public Shaped shape(String area, SourceRecord record, Listing catalogue) {
        return judge(step.shape(area, record), catalogue);
    }

    /** What becomes of a record, now that the catalogue is looked at. */
    Shaped judge(Shaped shaped, Listing catalogue) {
        return catalogue.judge(shaped, rules);
    }

    /** The products a record is refused for, when it is refused for nothing else; otherwise none. */
    List<String> missing(Shaped.Rejected rejected) {
        var refusing = rejected.reasons().stream()
                .filter(reason -> !rules.warns(reason))
                .toList();
        return refusing.stream().allMatch(reason -> reason.rule().equals(TransactionRule.PRODUCT_UNKNOWN.id()))
                ? refusing.stream().map(reason -> reason.value().textValue()).toList()
                : List.of();
    }

    static Told told(Kind kind, Shaped.Accepted accepted) {
        return switch (kind) {
            case TRANSACTION -> Transaction.of(accepted.value(), accepted.extras());
            case TICKET -> Ticket.of(accepted.value(), accepted.extras());
        };
    }
}
