package dev.caravan.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/** Operations of the AWS SDK that compiled classes call. */
final class SdkCalls {
    private static final Pattern CLIENT =
            Pattern.compile("software/amazon/awssdk/services/([a-z0-9]+)/[A-Za-z0-9]+Client");

    /** What clients have beside operations. */
    private static final Set<String> NONE =
            Set.of("<init>", "close", "builder", "create", "serviceClientConfiguration", "utilities");

    private SdkCalls() {}

    /** Names of the classes that call it, by operation ({@code s3.GetObject}). */
    static Map<String, Set<String>> of(Path classes) {
        var calls = new TreeMap<String, Set<String>>();
        try (var files = Files.walk(classes)) {
            for (var file :
                    files.filter(file -> file.toString().endsWith(".class")).toList())
                new ClassReader(Files.readAllBytes(file)).accept(new Calls(calls), ClassReader.SKIP_DEBUG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return calls;
    }

    private static final class Calls extends ClassVisitor {
        private final Map<String, Set<String>> found;
        private String caller;

        Calls(Map<String, Set<String>> found) {
            super(Opcodes.ASM9);
            this.found = found;
        }

        @Override
        public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
            caller = name.replace('/', '.').replaceFirst("\\$.*", "");
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] thrown) {
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitMethodInsn(int code, String owner, String method, String type, boolean isInterface) {
                    called(owner, method);
                }

                @Override
                public void visitInvokeDynamicInsn(String method, String type, Handle bootstrap, Object... arguments) {
                    for (var argument : arguments)
                        if (argument instanceof Handle handle) called(handle.getOwner(), handle.getName());
                }
            };
        }

        private void called(String owner, String method) {
            var client = CLIENT.matcher(owner);
            if (!client.matches() || NONE.contains(method)) return;
            // getObjectAsBytes is getObject with something done to its answer, and a paginator asks again and again.
            var operation = method.replaceFirst("(AsBytes|Paginator)$", "");
            found.computeIfAbsent(
                            client.group(1) + "." + Character.toUpperCase(operation.charAt(0)) + operation.substring(1),
                            key -> new TreeSet<>())
                    .add(caller);
        }
    }
}
