/** What is known of a person goes, from everywhere, and does not come back. */
package dev.caravan.erasure;
