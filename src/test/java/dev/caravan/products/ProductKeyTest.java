package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ProductKeyTest {
    @Example
    void a_plain_id_makes_a_plain_handle() {
        assertThat(new ProductKey("shein", "90854097").handle()).isEqualTo("shein-90854097");
        assertThat(new ProductKey("shein", "ab_7").handle()).isEqualTo("shein-ab_7");
    }

    @Example
    void a_hyphen_in_the_id_does_not_lend_it_to_another_supplier() {
        var one = new ProductKey("shein", "us-1").handle();
        var other = new ProductKey("shein-us", "1").handle();

        assertThat(other).isEqualTo("shein-us-1");
        assertThat(one).matches("shein-us-1-[0-9a-f]{8}");
    }

    @Example
    void ids_that_only_look_the_same_stay_apart() {
        var handles = new TreeSet<String>();

        for (var id : new String[] {"a1", "A1", "a 1", "a-1", "a/1", " a1", "a1.", "ä1"})
            handles.add(new ProductKey("shein", id).handle());

        assertThat(handles).hasSize(8);
    }

    @Example
    void what_is_about_them_reads_as_supplier_and_id_and_sorts_by_both() {
        assertThat(new ProductKey("shein", "7")).hasToString("shein/7");
        assertThat(new ProductKey("a", "9"))
                .isLessThan(new ProductKey("b", "1"))
                .isLessThan(new ProductKey("a", "91"));
    }

    @Example
    void a_blank_part_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ProductKey("shein", " "))
                .withMessageContaining("\" \"");
        assertThatIllegalArgumentException().isThrownBy(() -> new ProductKey("", "7"));
    }

    @Property
    void different_keys_have_different_handles(@ForAll("keys") ProductKey one, @ForAll("keys") ProductKey other) {
        assertThat(one.handle().equals(other.handle())).isEqualTo(one.equals(other));
    }

    @Property
    void a_handle_is_safe_everywhere_and_not_too_long(@ForAll("keys") ProductKey key) {
        assertThat(key.handle())
                .matches("[a-z0-9_-]+")
                .doesNotStartWith("-")
                .doesNotEndWith("-")
                .doesNotContain("--")
                .hasSizeLessThan(130);
    }

    @Provide
    Arbitrary<ProductKey> keys() {
        var suppliers = Arbitraries.of("shein", "shein-us", "shein-us-1", "s");
        var near = Arbitraries.of("1", "us-1", "us 1", "US-1", "us_1", "us1", "--", "-1", "1-");
        var any = Arbitraries.strings()
                .withCharRange('a', 'c')
                .withChars("-_ A/.äف")
                .ofMinLength(1)
                .ofMaxLength(100);
        return Combinators.combine(suppliers, Arbitraries.oneOf(near, any).filter(id -> !id.isBlank()))
                .as(ProductKey::new);
    }
}
