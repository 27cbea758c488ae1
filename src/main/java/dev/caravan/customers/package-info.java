/** One profile a customer, from what they bought and what they asked of support, with the history of what is tracked of them. */
package dev.caravan.customers;
