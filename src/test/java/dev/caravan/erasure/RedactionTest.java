package dev.caravan.erasure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.json.Json;
import dev.caravan.settings.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is left of a record by the settings as they are shipped. */
class RedactionTest {
    private final Redaction redaction = Redaction.of(Settings.of(Map.of()));
    private final Person person = new Person("CLIENT-7788", "erased-0123456789abcdef");

    @Test
    void of_an_address_only_the_place_stays_whatever_else_is_in_it() {
        assertThat(redacted("""
                {"user":"CLIENT-7788","total":5,"billing_address":{"street":"Elm Street 5","line2":"c/o Miller","postal_code":97308,"company":"Aalto Ltd",
                 "contact":{"desk":"third floor"},"tags":["private"],"city":"Salem","state":"OR","country":"US"}}""")).isEqualTo("""
                {"user":"erased-0123456789abcdef","total":5,"billing_address":{"street":"erased","line2":"erased","postal_code":null,"company":"erased",\
                "contact":{"desk":"erased"},"tags":null,"city":"Salem","state":"OR","country":"US"}}""");
    }

    @Test
    void so_it_does_where_the_parts_are_named_by_pointers() {
        assertThat(redacted("""
                {"user":"CLIENT-7788","extra":{"/billingAddress/company":"Aalto Ltd","/billingAddress/city":"Salem","/gift/colour":"red","/customer/email":"mira@aalto.example"}}""")).isEqualTo("""
                        {"user":"erased-0123456789abcdef","extra":{"/billingAddress/company":"erased","/billingAddress/city":"Salem","/gift/colour":"red","/customer/email":"erased"}}""");
    }

    @Test
    void what_a_customer_bought_keeps_its_names() {
        assertThat(redacted("""
                {"user":"CLIENT-7788","items":[{"name":"Lamp","note":"for CLIENT-7788"}]}""")).isEqualTo("""
                {"user":"erased-0123456789abcdef","items":[{"name":"Lamp","note":"for erased-0123456789abcdef"}]}""");
    }

    @Test
    void records_of_others_keep_all_but_the_id() {
        assertThat(redacted("""
                {"user":"CLIENT-1","note":"as CLIENT-7788 said","address":{"company":"Aalto Ltd"}}""")).isEqualTo("""
                {"user":"CLIENT-1","note":"as erased-0123456789abcdef said","address":{"company":"Aalto Ltd"}}""");
    }

    private String redacted(String record) {
        return redaction.of(Json.read(record), person).toString();
    }
}
