package dev.caravan.products.medusa;

import dev.caravan.failure.BadSettings;
import dev.caravan.settings.Settings;

/**
 * Which part of the shop the products go to, and in what portions.
 *
 * @param salesChannel     id or name; blank for the store's default one
 * @param stockLocation    id or name of the location whose stock is written; blank for the one that serves the sales channel
 * @param shippingProfile  id or name; blank for the one of type {@code default}
 * @param productsPerBatch most products in one call, at least 1
 * @param maxBodyBytes     most bytes in one call; Medusa itself refuses more than 2 MB
 * @param variantsGone     what becomes of a variant that the source no longer has
 * @param arabicLocale     the locale Medusa keeps Arabic translations under; blank when it keeps none
 */
public record ShopSettings(
        String salesChannel,
        String stockLocation,
        String shippingProfile,
        int productsPerBatch,
        int maxBodyBytes,
        VariantsGone variantsGone,
        String arabicLocale) {
    /** The shop's own defaults, 50 products a call, 1.8 MB, variants gone are out of stock. */
    public static final ShopSettings DEFAULT =
            new ShopSettings("", "", "", 50, 1_800_000, VariantsGone.OUT_OF_STOCK, "");

    public ShopSettings withVariantsGone(VariantsGone gone) {
        return new ShopSettings(
                salesChannel, stockLocation, shippingProfile, productsPerBatch, maxBodyBytes, gone, arabicLocale);
    }

    public ShopSettings withArabicLocale(String locale) {
        return new ShopSettings(
                salesChannel, stockLocation, shippingProfile, productsPerBatch, maxBodyBytes, variantsGone, locale);
    }

    /** Those of a running instance. */
    public static ShopSettings of(Settings settings) {
        return new ShopSettings(
                settings.text("medusa.sales-channel"),
                settings.text("medusa.stock-location"),
                settings.text("medusa.shipping-profile"),
                settings.integer("medusa.products-per-request"),
                DEFAULT.maxBodyBytes(),
                VariantsGone.of(settings.text("products.variants-gone")),
                settings.text("medusa.arabic-locale"));
    }

    /** What becomes of a variant that the source no longer has. */
    public enum VariantsGone {
        OUT_OF_STOCK,
        DELETE;

        /** @throws BadSettings when the text is neither {@code out-of-stock} nor {@code delete} */
        public static VariantsGone of(String text) {
            return switch (text.strip()) {
                case "out-of-stock" -> OUT_OF_STOCK;
                case "delete" -> DELETE;
                default ->
                    throw new BadSettings(
                            "products.variants-gone is \"" + text + "\": set it to out-of-stock or delete");
            };
        }
    }

    public ShopSettings {
        if (productsPerBatch < 1) {
            throw new BadSettings(
                    "medusa.products-per-batch is " + productsPerBatch + ": set it to 50, and 1 at least");
        }
        if (maxBodyBytes < 10_000 || maxBodyBytes > 2_000_000) {
            throw new BadSettings(
                    "medusa.max-body-bytes is " + maxBodyBytes + ": set it to 10000 at least and 2000000 at most");
        }
    }
}
