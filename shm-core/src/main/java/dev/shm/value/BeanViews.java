package dev.shm.value;

import dev.shm.value.BeanMethod.Does;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the objects that are a bean's interface: of a class compiled for it, or, where no class can be made (in a native image; if the
 * interface is in a module whose package is not open to this one), of a {@link Proxy}, which takes some tens of nanoseconds for a call.
 */
abstract class BeanViews {

    private static final String IMAGE_CODE = "org.graalvm.nativeimage.imagecode";

    static BeanViews of(BeanShape shape) {
        Supplier<BeanView> compiled = System.getProperty(IMAGE_CODE) == null ? BeanCompiler.compile(shape) : null;
        return compiled != null ? new Compiled(compiled) : proxied(shape);
    }

    static BeanViews proxied(BeanShape shape) {
        return new Proxied(shape);
    }

    /** A new object, which is of the bean's interface. */
    abstract Object view(BeanStore store, @Nullable Draft draft, BeanShape shape, int firstWord);

    private static final class Compiled extends BeanViews {

        private final Supplier<BeanView> maker;

        Compiled(Supplier<BeanView> maker) {
            this.maker = maker;
        }

        @Override
        Object view(BeanStore store, @Nullable Draft draft, BeanShape shape, int firstWord) {
            BeanView view = maker.get();
            view.init(store, draft, shape, firstWord);
            return view;
        }
    }

    private static final class Proxied extends BeanViews {

        private final Map<String, BeanMethod> methods = new HashMap<>();

        Proxied(BeanShape shape) {
            shape.methods().forEach(method -> methods.put(method.method().getName(), method));
        }

        @Override
        Object view(BeanStore store, @Nullable Draft draft, BeanShape shape, int firstWord) {
            BeanView view = new BeanView() {};
            view.init(store, draft, shape, firstWord);
            Class<?> type = shape.type();
            return Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, new Handler(view, shape, methods));
        }
    }

    private record Handler(BeanView view, BeanShape shape, Map<String, BeanMethod> methods)
            implements InvocationHandler {

        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            if (method.getDeclaringClass() == Object.class) {
                return switch (method.getName()) {
                    case "toString" -> view.toString();
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> arguments != null && proxy == arguments[0];
                };
            }
            if (method.isDefault()) {
                return InvocationHandler.invokeDefault(proxy, method, arguments);
            }
            BeanMethod known = methods.get(method.getName());
            if (known == null) {
                throw new IllegalStateException(method.toString());
            }
            Object first = arguments != null && arguments.length > 0 ? arguments[0] : null;
            Object second = arguments != null && arguments.length > 1 ? arguments[1] : null;
            Object result = call(known, first, second);
            return known.does() == Does.SET && method.getReturnType() != void.class ? proxy : result;
        }

        private @Nullable Object call(BeanMethod method, @Nullable Object first, @Nullable Object second) {
            if (method.does() == Does.NESTED) {
                return view.nested(shape.place(method.property()));
            }
            int word = shape.schema().word(method.property());
            switch (method.does()) {
                case GET -> {
                    return view.object(word);
                }
                case SET -> {
                    view.object(word, first);
                    return null;
                }
                case GET_AND_SET -> {
                    return view.getAndSetObject(word, first);
                }
                case COMPARE_AND_SET -> {
                    return view.compareAndSetObject(word, first, second);
                }
                default -> {
                    return add(method, word, first == null ? method.does().step() : (Number) first);
                }
            }
        }

        private Number add(BeanMethod method, int word, Number delta) {
            boolean before = method.does().isBefore();
            if (method.type() == long.class) {
                return before ? view.getAndAdd(word, delta.longValue()) : view.addAndGet(word, delta.longValue());
            } else if (method.type() == int.class) {
                return before ? view.getAndAdd(word, delta.intValue()) : view.addAndGet(word, delta.intValue());
            } else {
                return before ? view.getAndAdd(word, delta.doubleValue()) : view.addAndGet(word, delta.doubleValue());
            }
        }
    }
}
