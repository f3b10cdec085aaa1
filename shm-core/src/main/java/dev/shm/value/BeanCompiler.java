package dev.shm.value;

import dev.shm.value.BeanMethod.Does;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the class of a bean's interface: a hidden one in the interface's package, whose methods are what one would write, each a call or
 * two of {@link BeanView}. None of them branches, so that the class file needs no more than {@link ClassFile} can do.
 */
final class BeanCompiler {

    private static final String VIEW = "dev/shm/value/BeanView";
    private static final String OBJECT = "Ljava/lang/Object;";

    private static final int ICONST_M1 = 0x02;
    private static final int ICONST_1 = 0x04;
    private static final int ILOAD = 0x15;
    private static final int LLOAD = 0x16;
    private static final int FLOAD = 0x17;
    private static final int DLOAD = 0x18;
    private static final int ALOAD = 0x19;
    private static final int I2L = 0x85;
    private static final int I2D = 0x87;
    private static final int IRETURN = 0xAC;
    private static final int LRETURN = 0xAD;
    private static final int FRETURN = 0xAE;
    private static final int DRETURN = 0xAF;
    private static final int ARETURN = 0xB0;
    private static final int RETURN = 0xB1;

    private BeanCompiler() {}

    /** What makes objects of the new class; null if it cannot be made here. */
    static @Nullable Supplier<BeanView> compile(BeanShape shape) {
        Class<?> type = shape.type();
        try {
            BeanCompiler.class.getModule().addReads(type.getModule());
            Lookup inside = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
            Lookup made = inside.defineHiddenClass(bytes(shape), false);
            MethodHandle constructor = made.findConstructor(made.lookupClass(), MethodType.methodType(void.class))
                    .asType(MethodType.methodType(BeanView.class));
            return () -> make(constructor);
        } catch (IllegalAccessException | NoSuchMethodException | LinkageError | UnsupportedOperationException e) {
            // The package is not open to us, its loader does not see our classes, or there is no making of classes
            // here.
            return null;
        }
    }

    private static BeanView make(MethodHandle constructor) {
        try {
            return (BeanView) constructor.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(BeanShape shape) {
        String type = internalName(shape.type());
        ClassFile file = new ClassFile(type + "$Shared", VIEW, type);
        ClassFile.Code constructor = file.code();
        constructor.load(ALOAD, 0);
        constructor.invokeSpecial(VIEW, "<init>", "()V");
        constructor.operation(RETURN);
        file.method("<init>", "()V", constructor, 1);
        for (BeanMethod method : shape.methods()) {
            new Body(file, shape, method).write();
        }
        return file.bytes();
    }

    private static String internalName(Class<?> type) {
        return type.getName().replace('.', '/');
    }

    /** One method. */
    private static final class Body {

        private final ClassFile file;
        private final ClassFile.Code code;
        private final BeanShape shape;
        private final BeanMethod method;
        private final Class<?> type;
        private final boolean isAtomic;

        Body(ClassFile file, BeanShape shape, BeanMethod method) {
            this.file = file;
            this.code = file.code();
            this.shape = shape;
            this.method = method;
            this.type = method.type() == null ? Object.class : method.type();
            this.isAtomic = shape.schema().fields().stream()
                    .anyMatch(field -> field.isAtomic() && field.name().equals(method.property()));
        }

        void write() {
            code.load(ALOAD, 0);
            if (method.does() == Does.NESTED) {
                code.push(shape.place(method.property()));
                code.invokeVirtual(VIEW, "nested", "(I)" + OBJECT);
                returnObject();
            } else {
                code.push(shape.schema().word(method.property()));
                writeAccess();
            }
            int locals = 1;
            for (Class<?> parameter : method.method().getParameterTypes()) {
                locals += slots(parameter);
            }
            Class<?> returned = method.method().getReturnType();
            MethodType signature =
                    MethodType.methodType(returned, method.method().getParameterTypes());
            file.method(method.method().getName(), signature.toMethodDescriptorString(), code, locals);
        }

        private void writeAccess() {
            String word = isAtomic ? "atomicWord" : "plainWord";
            boolean primitive = type.isPrimitive();
            switch (method.does()) {
                case GET -> {
                    code.invokeVirtual(VIEW, primitive ? word : "object", primitive ? "(I)J" : "(I)" + OBJECT);
                    returnValue();
                }
                case SET -> {
                    loadAsWord(1);
                    code.invokeVirtual(VIEW, primitive ? word : "object", primitive ? "(IJ)V" : "(I" + OBJECT + ")V");
                    returnNothing();
                }
                case GET_AND_SET -> {
                    loadAsWord(1);
                    code.invokeVirtual(
                            VIEW,
                            primitive ? "getAndSetWord" : "getAndSetObject",
                            primitive ? "(IJ)J" : "(I" + OBJECT + ")" + OBJECT);
                    returnValue();
                }
                case COMPARE_AND_SET -> {
                    loadAsWord(1);
                    loadAsWord(1 + slots(type));
                    code.invokeVirtual(
                            VIEW,
                            primitive ? "compareAndSetWord" : "compareAndSetObject",
                            primitive ? "(IJJ)Z" : "(I" + OBJECT + OBJECT + ")Z");
                    code.operation(IRETURN);
                }
                default -> writeSum();
            }
        }

        private void writeSum() {
            int step = method.does().step();
            if (step == 0) {
                load(1);
            } else {
                code.operation(step > 0 ? ICONST_1 : ICONST_M1);
                if (type == long.class) {
                    code.operation(I2L);
                } else if (type == double.class) {
                    code.operation(I2D);
                }
            }
            String letter = type.descriptorString();
            code.invokeVirtual(
                    VIEW, method.does().isBefore() ? "getAndAdd" : "addAndGet", "(I" + letter + ")" + letter);
            returnPrimitive();
        }

        /** A parameter, a primitive as the word that it becomes. */
        private void loadAsWord(int local) {
            load(local);
            if (type.isPrimitive()) {
                code.invokeStatic(VIEW, "of", "(" + type.descriptorString() + ")J");
            }
        }

        private void load(int local) {
            if (type == long.class) {
                code.load(LLOAD, local);
            } else if (type == double.class) {
                code.load(DLOAD, local);
            } else if (type == float.class) {
                code.load(FLOAD, local);
            } else {
                code.load(type.isPrimitive() ? ILOAD : ALOAD, local);
            }
        }

        private void returnValue() {
            if (type.isPrimitive()) {
                String name = type.getName();
                String converter = "to" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
                code.invokeStatic(VIEW, converter, "(J)" + type.descriptorString());
                returnPrimitive();
            } else {
                returnObject();
            }
        }

        private void returnPrimitive() {
            if (type == long.class) {
                code.operation(LRETURN);
            } else if (type == double.class) {
                code.operation(DRETURN);
            } else if (type == float.class) {
                code.operation(FRETURN);
            } else {
                code.operation(IRETURN);
            }
        }

        private void returnObject() {
            Class<?> returned = method.method().getReturnType();
            code.checkCast(returned.isArray() ? returned.descriptorString() : internalName(returned));
            code.operation(ARETURN);
        }

        /** A setter may return the bean. */
        private void returnNothing() {
            if (method.method().getReturnType() == void.class) {
                code.operation(RETURN);
            } else {
                code.load(ALOAD, 0);
                code.operation(ARETURN);
            }
        }

        private static int slots(Class<?> type) {
            return type == long.class || type == double.class ? 2 : 1;
        }
    }
}
