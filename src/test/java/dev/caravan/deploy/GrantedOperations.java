package dev.caravan.deploy;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/**
 * Looks at each call of AWS in a test run, and lets Caravan's own fail, as AWS would, when {@code cloudformation/operations.yaml} gives no
 * right to it. The SDK finds it by the file {@code execution.interceptors}; tests' own calls are not looked at, nor those of a demo or a bench.
 */
public final class GrantedOperations implements ExecutionInterceptor {
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final Set<String> RECORDED = new ConcurrentSkipListSet<>();
    private static volatile boolean looking;

    /** From now on, in this process. */
    static void look() {
        looking = true;
    }

    /** Operations Caravan itself has called so far. */
    static Set<String> recorded() {
        return new TreeSet<>(RECORDED);
    }

    @Override
    public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
        if (!looking) return;
        var caller = STACK.walk(GrantedOperations::caller);
        if (caller.isEmpty()) return;
        var operation =
                attributes.getAttribute(SdkExecutionAttribute.SERVICE_NAME).toLowerCase(java.util.Locale.ROOT) + "."
                        + attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME);
        RECORDED.add(operation);
        if (!Rights.allow(operation, on(context.request())))
            throw SdkClientException.create("cloudformation/operations.yaml gives the task no right to " + operation
                    + " on " + on(context.request()) + ", which " + caller.get()
                    + " calls: add it there, and to the role in runtime.yaml");
    }

    /** Who of Caravan calls it for the runtime; empty when a test does, or a verb that a person starts. */
    private static Optional<String> caller(Stream<StackWalker.StackFrame> frames) {
        return frames.map(StackWalker.StackFrame::getDeclaringClass)
                .filter(type -> !type.equals(GrantedOperations.class)
                        && (type.getName().startsWith("dev.caravan.")
                                || type.getName().startsWith("org.apache.camel.component.aws2.")))
                .findFirst()
                .filter(type -> !type.getProtectionDomain()
                        .getCodeSource()
                        .equals(GrantedOperations.class.getProtectionDomain().getCodeSource()))
                .map(Class::getName)
                .filter(name -> !name.startsWith("dev.caravan.cli.") && !name.startsWith("dev.caravan.check."));
    }

    /** What it is asked of, as the table names it; empty when the request does not say. */
    private static String on(SdkRequest request) {
        var bucket = Stream.of("Bucket", "DestinationBucket")
                .flatMap(field -> request.getValueForField(field, String.class).stream())
                .findFirst();
        if (bucket.isPresent()) {
            var kind = Stream.of("inbox", "archive", "images")
                    .filter(name -> bucket.get().endsWith("-" + name))
                    .findFirst();
            var key = Stream.of("Key", "DestinationKey")
                    .flatMap(field -> request.getValueForField(field, String.class).stream())
                    .findFirst();
            return kind.map(name -> key.map(object -> name + "/" + object).orElse(name))
                    .orElse("");
        }
        return "";
    }
}
