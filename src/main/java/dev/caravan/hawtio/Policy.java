package dev.caravan.hawtio;

import dev.caravan.api.ApiKeys.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.jolokia.server.core.restrictor.policy.PolicyRestrictor;
import org.jolokia.server.core.service.api.Restrictor;
import org.jolokia.server.core.util.HttpMethod;
import org.jolokia.server.core.util.RequestType;

/**
 * What a role may do with which management beans: the lists {@code jolokia-viewer.xml} and, for operators, {@code jolokia-operator.xml}.
 * What they do not name is refused, and not listed either.
 */
final class Policy implements Restrictor {
    private static final String SEEN_BY = "ObjectName";

    private final PolicyRestrictor viewer = list("viewer");
    private final PolicyRestrictor operator = list("operator");
    private final Role role;

    Policy(Role role) {
        this.role = role;
    }

    private static PolicyRestrictor list(String name) {
        try (var in = Policy.class.getResourceAsStream("/hawtio/jolokia-" + name + ".xml")) {
            return new PolicyRestrictor(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Stream<PolicyRestrictor> lists() {
        return role == Role.OPERATOR ? Stream.of(viewer, operator) : Stream.of(viewer);
    }

    @Override
    public boolean isAttributeReadAllowed(ObjectName bean, String attribute) {
        return lists().anyMatch(list -> list.isAttributeReadAllowed(bean, attribute));
    }

    @Override
    public boolean isAttributeWriteAllowed(ObjectName bean, String attribute) {
        return lists().anyMatch(list -> list.isAttributeWriteAllowed(bean, attribute));
    }

    /** @param operation with or without the types of its parameters: {@code stop}, {@code stop()} */
    @Override
    public boolean isOperationAllowed(ObjectName bean, String operation) {
        var name = operation.replaceFirst("\\(.*", "");
        return lists().anyMatch(list -> list.isOperationAllowed(bean, name));
    }

    /** What is listed has an attribute that is always allowed, whether the bean has it or not. */
    @Override
    public boolean isObjectNameHidden(ObjectName bean) {
        return !isAttributeReadAllowed(bean, SEEN_BY);
    }

    /** Reading, writing and executing are asked for bean by bean. */
    @Override
    public boolean isTypeAllowed(RequestType type) {
        return switch (type) {
            case READ, WRITE, EXEC, LIST, SEARCH, VERSION -> true;
            default -> false;
        };
    }

    @Override
    public boolean isHttpMethodAllowed(HttpMethod method) {
        return method == HttpMethod.GET || method == HttpMethod.POST;
    }

    @Override
    public boolean isRemoteAccessAllowed(String... addresses) {
        return true;
    }

    /** Other sites are sent away before it comes to this. */
    @Override
    public boolean isOriginAllowed(String origin, boolean strict) {
        return true;
    }
}
