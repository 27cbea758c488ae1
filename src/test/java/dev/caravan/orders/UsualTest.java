package dev.caravan.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class UsualTest {
    @Test
    void the_score_of_docs_alerts_md_is_as_worked_out_by_hand() {
        var before = new double[] {20, 30, 40, 50, 60};

        var usual = Usual.of(before);

        assertThat(usual).isEqualTo(new Usual(40, 10));
        assertThat(Usual.scoreOfAmount(400, before)).isCloseTo(24.3, within(0.05));
        assertThat(Usual.scoreOfAmount(0.4, before)).isCloseTo(-10.8, within(0.05));
    }

    @Test
    void half_of_the_numbers_may_be_wild_without_moving_what_is_usual_far() {
        assertThat(Usual.of(9, 10, 10, 11, 1_000_000, 1_000_000, 10)).isEqualTo(new Usual(10, 1));
    }

    @Test
    void of_an_even_number_the_median_lies_in_the_middle_of_two() {
        assertThat(Usual.of(4, 1, 3, 2)).isEqualTo(new Usual(2.5, 1));
    }

    @Test
    void after_many_equal_amounts_another_price_is_not_odd_and_another_order_of_magnitude_is() {
        var before = new double[] {20, 20, 20, 20, 20, 20, 20, 20};

        assertThat(Usual.scoreOfAmount(20, before)).isZero();
        assertThat(Usual.scoreOfAmount(25, before)).isCloseTo(0.6745, within(0.001));
        assertThat(Usual.scoreOfAmount(16, before)).isBetween(-1.0, 0.0);
        assertThat(Usual.scoreOfAmount(2_000, before)).isGreaterThan(200);
        assertThat(Usual.scoreOfAmount(0.2, before)).isLessThan(-12);
    }

    @Test
    void amounts_of_nothing_can_be_compared() {
        assertThat(Usual.scoreOfAmount(0, new double[] {0, 0, 0})).isZero();
        assertThat(Usual.scoreOfAmount(10, new double[] {0, 0, 0})).isFinite().isGreaterThan(100);
        assertThat(Usual.scoreOfAmount(0, new double[] {10, 20, 30})).isFinite().isLessThan(-6);
    }

    @Test
    void fewer_counts_than_chance_has_it_are_never_odd() {
        assertThat(Usual.of(100, 100, 100).scoreOfCount(110)).isEqualTo(1);
        assertThat(Usual.of(100, 100, 100).scoreOfCount(0)).isEqualTo(-10);
        assertThat(Usual.of(0, 0, 0).scoreOfCount(3)).isEqualTo(3);
    }
}
