package dev.shm.testing;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * A program's classes in one version: compiled from what a test writes down, in the package {@code acme}, by a class loader of its own. Two of
 * them have classes of the same name that are not the same, as two processes do.
 */
public final class Version extends ClassLoader {

    private static final Pattern NAME = Pattern.compile("(?:record|enum|class|interface) (\\w+)");

    private final Map<String, byte[]> compiled = new HashMap<>();

    private Version() {
        super(Version.class.getClassLoader());
    }

    /** Compiles declarations of top-level types, such as {@code record Order(String id, long price) {}}. */
    public static Version of(String... declarations) {
        Version version = new Version();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        boolean good = compiler.getTask(
                        problems,
                        version.output(compiler.getStandardFileManager(null, null, null)),
                        null,
                        List.of("-proc:none"),
                        null,
                        Arrays.stream(declarations).map(Version::source).toList())
                .call();
        if (!good) {
            throw new IllegalArgumentException(problems.toString());
        }
        return version;
    }

    private static JavaFileObject source(String declaration) {
        Matcher name = NAME.matcher(declaration);
        if (!name.find()) {
            throw new IllegalArgumentException("no name in " + declaration);
        }
        return new SimpleJavaFileObject(
                URI.create("string:///acme/" + name.group(1) + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return "package acme; public " + declaration;
            }
        };
    }

    private JavaFileManager output(JavaFileManager standard) {
        return new ForwardingJavaFileManager<>(standard) {
            @Override
            public JavaFileObject getJavaFileForOutput(
                    Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
                return new SimpleJavaFileObject(URI.create("bytes:///" + className), kind) {
                    @Override
                    public OutputStream openOutputStream() {
                        return new ByteArrayOutputStream() {
                            @Override
                            public void close() {
                                compiled.put(className, toByteArray());
                            }
                        };
                    }
                };
            }
        };
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = compiled.get(name);
        if (bytes == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, bytes, 0, bytes.length);
    }

    public boolean hasType(String simpleName) {
        return compiled.containsKey("acme." + simpleName);
    }

    /** A class of the package {@code acme}. */
    public Class<?> type(String simpleName) {
        try {
            return loadClass("acme." + simpleName);
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Classes of the package {@code acme}. */
    public Class<?>[] types(String... simpleNames) {
        return Stream.of(simpleNames).map(this::type).toArray(Class<?>[]::new);
    }

    /** An object of a class, by its only constructor. */
    public Object make(String simpleName, Object... arguments) {
        try {
            Constructor<?> constructor = type(simpleName).getDeclaredConstructors()[0];
            constructor.setAccessible(true);
            return constructor.newInstance(arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A constant of an enum. */
    public Object constant(String simpleName, String constant) {
        return Arrays.stream(type(simpleName).getEnumConstants())
                .filter(one -> one.toString().equals(constant))
                .findFirst()
                .orElseThrow();
    }
}
