package dev.caravan.reports;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTableTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "=1+1 | '=1+1",
                "+49 | '+49",
                "@SUM(A1) | '@SUM(A1)",
                "-2+3 | '-2+3",
                "-12.50 | -12.50",
                "C-17 | C-17",
                "=a,b | \"'=a,b\"",
            },
            quoteCharacter = '~')
    void a_cell_is_no_formula(String cell, String written) {
        assertThat(table(cell).csv()).isEqualTo("customer\n" + written + "\n");
    }

    @Test
    void text_is_told_as_it_is() {
        assertThat(table("=1+1").text()).contains("=1+1").doesNotContain("'");
    }

    private static ReportTable table(String cell) {
        return new ReportTable("customers", List.of("customer"), List.of(List.of(cell)));
    }
}
