package dev.caravan.deploy;

/**
 * What is wrong with a template.
 *
 * @param place    {@code FILE:LINE}, as far as it is known
 * @param rule     what found it
 * @param resource logical id; empty when it is none's
 */
record Finding(String place, String rule, String resource, String message) {
    @Override
    public String toString() {
        return place + ": " + (resource.isEmpty() ? "" : resource + ": ") + message + " (" + rule + ")";
    }
}
