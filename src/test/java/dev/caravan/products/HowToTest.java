package dev.caravan.products;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.records.read.ReaderLimits;
import dev.caravan.records.read.RecordReader;
import dev.caravan.records.read.SourceRecord;
import dev.caravan.routes.RouteFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/how-to/add-a-supplier.md} tells to write does what it says. */
class HowToTest {
    private static final Path STEP = Path.of("products/2-normalise");

    @TempDir
    private Path routes;

    private Path folder;

    @BeforeEach
    void the_folder_of_the_new_supplier() throws IOException {
        folder = Files.createDirectories(routes.resolve(STEP).resolve("shein-us"));
        Files.copy(
                Path.of("routes").resolve(STEP).resolve("product.schema.json"),
                routes.resolve(STEP).resolve("product.schema.json"));
        Files.writeString(folder.resolve("product.jslt"), block("jslt"));
    }

    @Test
    void the_first_mapping_makes_products_of_all_rows_and_none_can_be_sold_yet() throws IOException {
        assertThat(decisions()).isNotEmpty().allSatisfy(decision -> assertThat(decision)
                .isInstanceOf(Decision.Accepted.class));
        assertThat(supplier().stockWhenAbsent()).isEqualTo(StockWhenAbsent.HOLD);
    }

    @Test
    void the_settings_put_them_on_sale() throws IOException {
        Files.writeString(folder.resolve("supplier.yaml"), block("yaml"));

        assertThat(supplier().stockWhenAbsent().mode()).isEqualTo(StockWhenAbsent.Mode.UNMANAGED);
        assertThat(supplier().title()).isEqualTo("SHEIN, flat CSV of the US site");
    }

    @Test
    void the_schema_lets_the_rows_pass_and_refuses_a_price_in_words() throws IOException {
        Files.writeString(folder.resolve("record.schema.json"), block("json"));

        assertThat(decisions()).allSatisfy(decision -> assertThat(decision).isInstanceOf(Decision.Accepted.class));
        var words =
                "product_id,product_name,final_price,currency,in_stock,model_number,main_image\n1,Vase,dear,USD,true,v-1,https://img.example/1.jpg\n";
        assertThat(decisions(words.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .singleElement()
                .isInstanceOfSatisfying(Decision.Rejected.class, rejected -> assertThat(rejected.reasons())
                        .anySatisfy(reason -> {
                            assertThat(reason.rule()).isEqualTo("price-unreadable");
                            assertThat(reason.pointer()).isEqualTo("/final_price");
                        }));
    }

    private List<Decision> decisions() throws IOException {
        return decisions(Files.readAllBytes(Path.of("samples/shein_us.csv")));
    }

    private List<Decision> decisions(byte[] file) {
        var records = new ArrayList<SourceRecord>();
        new RecordReader(new ByteArrayInputStream(file), ReaderLimits.DEFAULT).forEachRemaining(records::add);
        var supplier = supplier();
        return records.stream()
                .map(record -> new Normaliser()
                        .normalise(
                                supplier,
                                new Origin(
                                        "inbox",
                                        "products/shein-us/shein_us.csv",
                                        "1",
                                        record.index(),
                                        record.sha256()),
                                record))
                .toList();
    }

    private Supplier supplier() {
        return Suppliers.load(RouteFiles.at("file:" + routes)).find("shein-us").orElseThrow();
    }

    /** The page's first block of code in a language. */
    private static String block(String language) throws IOException {
        var page = Files.readString(Path.of("docs/how-to/add-a-supplier.md"));
        var found = Pattern.compile("(?s)\n```" + language + "\n(.*?)\n```\n").matcher(page);
        assertThat(found.find()).as("a block of %s", language).isTrue();
        return found.group(1);
    }
}
