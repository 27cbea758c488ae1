/**
 * The object store behind the sandbox's S3. It stands in a package of this name for a reason: S3Proxy decides by {@code .awssdk.} in the
 * class name of a store whether that store judges {@code If-Match} and {@code If-None-Match} itself, and refuses conditional writes for
 * others.
 */
package dev.caravan.sandbox.awssdk;
