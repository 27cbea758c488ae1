package dev.caravan.hawtio;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** What a management bean, an attribute, an operation or a parameter is for, in the words of who operates it. */
@Retention(RetentionPolicy.RUNTIME)
@interface Description {
    String value();
}
