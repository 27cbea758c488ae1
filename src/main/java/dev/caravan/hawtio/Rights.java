package dev.caravan.hawtio;

import java.util.Deque;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.ObjectName;
import org.jolokia.json.JSONObject;
import org.jolokia.server.core.service.api.DataUpdater;
import org.jolokia.server.core.service.api.Restrictor;

/** Tells with each listed bean which operations may be called, in the words by which Hawtio knows what to offer. */
final class Rights extends DataUpdater {
    private final Restrictor policy;

    Rights(Restrictor policy) {
        super(0);
        this.policy = policy;
    }

    @Override
    public String getKey() {
        return "opByString";
    }

    @Override
    public void update(Map<String, Object> described, ObjectName bean, MBeanInfo info, Deque<String> path) {
        var rights = new JSONObject();
        for (var operation : info.getOperations())
            rights.put(signature(operation), right(policy.isOperationAllowed(bean, operation.getName())));
        described.put(getKey(), rights);
    }

    private static JSONObject right(boolean allowed) {
        var right = new JSONObject();
        right.put("canInvoke", allowed);
        return right;
    }

    private static String signature(MBeanOperationInfo operation) {
        return Stream.of(operation.getSignature())
                .map(MBeanParameterInfo::getType)
                .collect(Collectors.joining(",", operation.getName() + "(", ")"));
    }
}
