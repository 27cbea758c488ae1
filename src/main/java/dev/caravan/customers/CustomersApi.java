package dev.caravan.customers;

import dev.caravan.api.Api;
import dev.caravan.api.Api.Answer;
import dev.caravan.api.ApiKeys.Role;
import dev.caravan.api.Problem;
import dev.caravan.api.Request;

/** Customers over HTTP. */
final class CustomersApi {
    private final CustomerViews views;

    CustomersApi(CustomerViews views) {
        this.views = views;
    }

    void addTo(Api api) {
        api.on("GET", "/api/customers/{id}", Role.VIEWER, this::customer);
    }

    private Answer customer(Request request) {
        var id = request.parameters().get("id");
        return views.profile(id).map(Answer::ok).orElseThrow(() -> new Problem(404, "Not found", "no customer " + id));
    }
}
