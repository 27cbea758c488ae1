package dev.caravan.products;

import static dev.caravan.ledger.State.DELIVERED;
import static dev.caravan.ledger.State.DUPLICATE;
import static dev.caravan.ledger.State.HELD;
import static dev.caravan.ledger.State.IN_FLIGHT;
import static dev.caravan.ledger.State.QUARANTINED;
import static dev.caravan.ledger.State.SUPERSEDED;
import static dev.caravan.ledger.State.UNCHANGED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.ledger.RecordId;
import dev.caravan.ledger.State;
import dev.caravan.ledger.Upload;
import dev.caravan.products.Intake.Said;
import dev.caravan.quarantine.Quarantine.Filter;
import dev.caravan.records.Reason;
import dev.caravan.testing.TestState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static TestState state;
    private static Intake intake;

    @BeforeAll
    static void start() {
        state = new TestState();
        intake = new Intake(state);
    }

    @AfterAll
    static void stop() {
        state.close();
    }

    @BeforeEach
    void clear() {
        state.clear();
    }

    @Test
    void a_new_product_goes_on_its_way() {
        var upload = intake.upload(1);

        var going = intake.save(upload, new Said("1", "red"));

        assertThat(going).containsExactly(new RecordId(upload.id(), 0));
        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, IN_FLIGHT));
        assertThat(intake.row("1").contentHash()).isEqualTo(new Said("1", "red").hash());
        assertThat(intake.row("1").sourceVersion()).isEqualTo(upload.sourceVersion(0));
    }

    @Test
    void a_newer_version_overtakes_the_one_on_its_way() {
        var older = saved(1, new Said("1", "red"));
        var newer = saved(2, new Said("1", "blue"));

        assertThat(intake.states(older)).isEqualTo(Map.of(0L, SUPERSEDED));
        assertThat(intake.states(newer)).isEqualTo(Map.of(0L, IN_FLIGHT));
    }

    @Test
    void an_older_version_that_comes_late_changes_nothing() {
        saved(2, new Said("1", "blue"));
        var late = intake.upload(1);

        assertThat(intake.save(late, new Said("1", "red"))).isEmpty();

        assertThat(intake.states(late)).isEqualTo(Map.of(0L, SUPERSEDED));
        assertThat(intake.row("1").contentHash()).isEqualTo(new Said("1", "blue").hash());
    }

    @Test
    void of_one_product_twice_in_a_page_the_later_record_wins() {
        var upload = intake.upload(1);

        var going = intake.save(
                upload, new Said("1", "red"), new Said("2", "x"), new Said("1", "blue"), new Said("1", "blue"));

        assertThat(intake.states(upload))
                .isEqualTo(Map.of(0L, SUPERSEDED, 1L, IN_FLIGHT, 2L, IN_FLIGHT, 3L, DUPLICATE));
        assertThat(going).containsExactly(new RecordId(upload.id(), 1), new RecordId(upload.id(), 2));
        assertThat(intake.row("1").sourceVersion()).isEqualTo(upload.sourceVersion(3));
    }

    @Test
    void what_both_targets_have_is_unchanged_and_goes_nowhere() {
        saved(1, new Said("1", "red"));
        intake.confirm("1", true);
        var again = intake.upload(2);

        assertThat(intake.save(again, new Said("1", "red"))).isEmpty();

        assertThat(intake.states(again)).isEqualTo(Map.of(0L, UNCHANGED));
        assertThat(intake.row("1").sourceVersion()).isEqualTo(again.sourceVersion(0));
    }

    @Test
    void what_only_pimcore_has_is_a_duplicate_while_it_is_on_its_way() {
        saved(1, new Said("1", "red"));
        intake.confirm("1", false);

        var again = saved(2, new Said("1", "red"));

        assertThat(intake.states(again)).isEqualTo(Map.of(0L, DUPLICATE));
    }

    @Test
    void what_was_parked_or_held_on_its_way_gets_another_chance_with_the_same_content() {
        for (var stuck : List.of(State.PARKED, State.HELD)) {
            clear();
            var first = saved(1, new Said("1", "red"));
            move(first, stuck);

            var again = intake.upload(2);
            assertThat(intake.save(again, new Said("1", "red")))
                    .as(stuck.text())
                    .hasSize(1);
            assertThat(intake.states(again)).isEqualTo(Map.of(0L, IN_FLIGHT));
            assertThat(intake.states(first)).isEqualTo(Map.of(0L, stuck == HELD ? SUPERSEDED : stuck));
        }
    }

    @Test
    void an_older_version_stays_beaten_by_a_newer_duplicate() {
        saved(1, new Said("1", "red"));
        saved(3, new Said("1", "red"));

        var between = saved(2, new Said("1", "blue"));

        assertThat(intake.states(between)).isEqualTo(Map.of(0L, SUPERSEDED));
        assertThat(intake.row("1").contentHash()).isEqualTo(new Said("1", "red").hash());
    }

    @Test
    void content_that_comes_back_is_sent_again() {
        saved(1, new Said("1", "red"));
        intake.confirm("1", true);
        var blue = saved(2, new Said("1", "blue"));

        var red = saved(3, new Said("1", "red"));

        assertThat(intake.states(blue)).isEqualTo(Map.of(0L, SUPERSEDED));
        assertThat(intake.states(red)).isEqualTo(Map.of(0L, IN_FLIGHT));
    }

    @Test
    void the_second_product_that_names_a_sku_is_quarantined_and_says_whose_it_is() {
        saved(1, new Said("1", "red", "S", "M"));

        var second = saved(2, new Said("2", "blue", "M", "L"));

        assertThat(intake.states(second)).isEqualTo(Map.of(0L, QUARANTINED));
        assertThat(quarantined()).containsExactly("sku-taken: SKU \"M\" is sold by shein/1");
        assertThat(intake.row("2").record()).isNull();
    }

    @Test
    void of_two_products_of_a_page_that_name_a_sku_the_first_gets_it() {
        var upload = saved(1, new Said("2", "blue", "M"), new Said("1", "red", "M"));

        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, IN_FLIGHT, 1L, QUARANTINED));
    }

    @Test
    void a_page_that_is_saved_again_after_a_crash_sends_again_what_is_on_its_way_and_changes_nothing() {
        saved(1, new Said("4", "old"));
        intake.confirm("4", true);
        saved(9, new Said("5", "newer"));
        saved(1, new Said("6", "x", "M"));
        var upload = intake.upload(2);
        var page = new Said[] {
            new Said("1", "red"),
            new Said("1", "blue"),
            new Said("2", "x"),
            new Said("2", "x"),
            new Said("4", "old"),
            new Said("5", "older"),
            new Said("7", "y", "M")
        };
        var going = intake.save(upload, page);
        var before = intake.everything();

        var again = intake.save(upload, page);

        assertThat(again).isEqualTo(going);
        assertThat(intake.everything()).isEqualTo(before);
        assertThat(intake.states(upload))
                .isEqualTo(Map.of(
                        0L,
                        SUPERSEDED,
                        1L,
                        IN_FLIGHT,
                        2L,
                        IN_FLIGHT,
                        3L,
                        DUPLICATE,
                        4L,
                        UNCHANGED,
                        5L,
                        SUPERSEDED,
                        6L,
                        QUARANTINED));
    }

    @Test
    void a_page_that_is_saved_again_leaves_alone_what_came_to_rest_meanwhile() {
        var upload = saved(1, new Said("1", "red"));
        intake.confirm("1", true);

        assertThat(intake.save(upload, new Said("1", "red"))).isEmpty();

        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, DELIVERED));
    }

    @Test
    void a_record_whose_duplicate_came_before_its_own_event_was_sent_is_sent_when_its_page_is_saved_again() {
        var crashed = saved(1, new Said("1", "red"));
        var duplicate = saved(2, new Said("1", "red"));

        assertThat(intake.save(crashed, new Said("1", "red"))).containsExactly(new RecordId(crashed.id(), 0));

        assertThat(intake.states(crashed)).isEqualTo(Map.of(0L, IN_FLIGHT));
        assertThat(intake.states(duplicate)).isEqualTo(Map.of(0L, DUPLICATE));
    }

    @Test
    void a_refused_record_that_was_discarded_meanwhile_is_not_opened_again() {
        var upload = intake.upload(1);
        List<Decision> refused = List.of(new Decision.Rejected(new Reason("/sku", "no-sku", "no SKU", null)));
        intake.save(upload, 0, refused);
        state.database().write(db -> {
            var kept = intake.quarantine.list(db, Filter.open(), 1).get(0);
            intake.quarantine.resolve(db, kept.id(), "discarded", "mara", "test data");
            intake.ledger.move(
                    db, "products", List.of(kept.record()), List.of(QUARANTINED), State.DISCARDED, "test data");
        });

        intake.save(upload, 0, refused);

        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, State.DISCARDED));
        assertThat(quarantined()).isEmpty();
    }

    @Test
    void a_record_that_was_accepted_then_refused_by_a_newer_mapping_goes_on_once_it_is_accepted_again() {
        var upload = saved(1, new Said("1", "red"));
        intake.save(upload, 0, List.of(new Decision.Rejected(new Reason("/sku", "no-sku", "no SKU", null))));
        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, QUARANTINED));

        assertThat(intake.save(upload, new Said("1", "red"))).hasSize(1);

        assertThat(intake.states(upload)).isEqualTo(Map.of(0L, IN_FLIGHT));
    }

    @Test
    void a_page_of_refusals_only_is_saved_too() {
        var upload = intake.upload(1);

        assertThat(intake.save(upload, 0, List.of(new Decision.Rejected(new Reason("", "no-name", "no name", null)))))
                .isEmpty();

        assertThat(quarantined()).containsExactly("no-name: no name");
    }

    private static Upload saved(int second, Said... records) {
        var upload = intake.upload(second);
        intake.save(upload, records);
        return upload;
    }

    private static void move(Upload upload, State to) {
        state.database()
                .write(db -> intake.ledger.move(
                        db, "products", List.of(new RecordId(upload.id(), 0)), List.of(IN_FLIGHT), to, null));
    }

    private static List<String> quarantined() {
        return state.list(db -> intake.quarantine.list(db, Filter.open(), 100)).stream()
                .map(kept -> kept.reasons().get(0).path("rule").asText() + ": "
                        + kept.reasons().get(0).path("message").asText())
                .toList();
    }
}
