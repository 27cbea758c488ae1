package dev.caravan.hawtio;

import java.lang.reflect.Method;
import java.util.Optional;
import java.util.stream.Stream;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.StandardMBean;

/** A management bean that tells what each of its parts is for: the {@link Description}s and the parameters' names of its interface. */
final class DescribedBean extends StandardMBean {
    private final Class<?> type;

    /** @param type an interface no two of whose methods have one name */
    <T> DescribedBean(T bean, Class<T> type) {
        super(bean, type, false);
        this.type = type;
    }

    @Override
    protected String getDescription(MBeanInfo info) {
        return type.getAnnotation(Description.class).value();
    }

    @Override
    protected String getDescription(MBeanAttributeInfo attribute) {
        var getter = (attribute.isIs() ? "is" : "get") + attribute.getName();
        return method(getter).getAnnotation(Description.class).value();
    }

    @Override
    protected String getDescription(MBeanOperationInfo operation) {
        return method(operation.getName()).getAnnotation(Description.class).value();
    }

    @Override
    protected String getParameterName(MBeanOperationInfo operation, MBeanParameterInfo parameter, int position) {
        return method(operation.getName()).getParameters()[position].getName();
    }

    @Override
    protected String getDescription(MBeanOperationInfo operation, MBeanParameterInfo parameter, int position) {
        return Optional.ofNullable(
                        method(operation.getName()).getParameters()[position].getAnnotation(Description.class))
                .map(Description::value)
                .orElse("");
    }

    private Method method(String name) {
        return Stream.of(type.getMethods())
                .filter(method -> method.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
