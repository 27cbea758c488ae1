package dev.caravan.products.medusa;

import static dev.caravan.products.medusa.MedusaErrors.Verdict;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MedusaErrorsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            301 |                                                                                          | SETTINGS
            400 | Product with handle: shein-1, already exists.                                            | LOOK_UP
            400 | Product variant with sku: A-1, already exists.                                           | LOOK_UP
            400 | Product variant with id: variant_1, already exists.                                      | LOOK_UP
            400 | Inventory item with sku: A-1, already exists.                                            | LOOK_UP
            400 | Inventory level with inventory_item_id: i, location_id: l, already exists.               | LOOK_UP
            400 | Product category with handle: shein-1, already exists.                                   | LOOK_UP
            400 | Variant (M) with provided options already exists.                                        | PARK
            400 | Option value L does not exist for option Size                                            | LOOK_UP
            400 | Product has 2 option values but there were 1 provided option values for the variant: S.  | LOOK_UP
            400 | Invalid request: Field 'create, 1, title' is required                                    | PARK
            400 | Invalid request: Unrecognized fields: 'foo'                                              | PARK
            400 | Invalid product handle 'Foo Bar'. It must contain URL safe characters                    | PARK
            400 | Product options are not provided for: [Shirt].                                           | PARK
            400 | Cannot remove following inventory item(s) since they have reservations: [iitem_1].       | PARK
            401 | Unauthorized                                                                             | SETTINGS
            403 | Forbidden                                                                                | SETTINGS
            404 | <!DOCTYPE html><html>Cannot POST /admin/nope</html>                                      | SETTINGS
            404 | Product with id "prod_1" not found                                                       | LOOK_UP
            404 | Unable to update the products with ids: prod_1                                           | LOOK_UP
            404 | You tried to set relationship product_category_id: p, but such entity does not exist     | LOOK_UP
            404 | Item iitem_1 is not stocked at location sloc_1                                           | LOOK_UP
            408 | Request Timeout                                                                          | RETRY
            409 | conflict                                                                                 | LOOK_UP
            413 | request entity too large                                                                 | PARK
            422 | duplicate key                                                                            | LOOK_UP
            422 | cannot be processed                                                                      | PARK
            425 | Too Early                                                                                | RETRY
            429 | Too many requests                                                                        | RETRY
            431 | Request Header Fields Too Large                                                          | PARK
            500 | An unknown error occurred.                                                               | RETRY
            502 | Bad Gateway                                                                              | RETRY
            503 | Service Unavailable                                                                      | RETRY
            504 | Gateway Timeout                                                                          | RETRY
            600 | out of this world                                                                        | PARK
            """)
    void says_what_to_do_about(int status, String message, Verdict verdict) {
        assertThat(MedusaErrors.verdict(status, message == null ? "" : message)).isEqualTo(verdict);
    }
}
