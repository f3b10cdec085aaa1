package dev.shm.value;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * A class file of methods that do not branch, by chapter 4 of the JVM's specification. The JDK has nothing public for it before version
 * 24, and a library would be many times the size of what is needed here.
 */
final class ClassFile {

    private static final int MAGIC = 0xCAFEBABE;
    private static final int JAVA_17 = 61;

    private static final int UTF8 = 1;
    private static final int INTEGER = 3;
    private static final int CLASS = 7;
    private static final int METHOD = 10;
    private static final int NAME_AND_TYPE = 12;

    private static final int PUBLIC = 0x0001;
    private static final int FINAL = 0x0010;
    private static final int SUPER = 0x0020;
    private static final int SYNTHETIC = 0x1000;

    /** More than any of these methods needs. */
    private static final int MAX_STACK = 8;

    private final ByteArrayOutputStream pool = new ByteArrayOutputStream();
    private final Map<String, Integer> constants = new HashMap<>();
    private final ByteArrayOutputStream methods = new ByteArrayOutputStream();
    private final int name;
    private final int superclass;
    private final int implemented;
    private int methodCount;

    /** A class with that superclass that implements an interface; names as in class files. */
    ClassFile(String name, String superclass, String implemented) {
        this.name = type(name);
        this.superclass = type(superclass);
        this.implemented = type(implemented);
    }

    private interface Writing {
        void to(DataOutputStream target) throws IOException;
    }

    private static void write(ByteArrayOutputStream target, Writing writing) {
        try {
            writing.to(new DataOutputStream(target));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int constant(String key, Writing writing) {
        Integer known = constants.get(key);
        if (known != null) {
            return known;
        }
        write(pool, writing);
        int index = constants.size() + 1;
        constants.put(key, index);
        return index;
    }

    private int utf8(String text) {
        return constant("utf8 " + text, target -> {
            target.writeByte(UTF8);
            target.writeUTF(text);
        });
    }

    private int type(String typeName) {
        int text = utf8(typeName);
        return constant("class " + typeName, target -> {
            target.writeByte(CLASS);
            target.writeShort(text);
        });
    }

    private int integer(int value) {
        return constant("int " + value, target -> {
            target.writeByte(INTEGER);
            target.writeInt(value);
        });
    }

    private int method(String owner, String methodName, String descriptor) {
        int methodText = utf8(methodName);
        int descriptorText = utf8(descriptor);
        int nameAndType = constant("name " + methodName + descriptor, target -> {
            target.writeByte(NAME_AND_TYPE);
            target.writeShort(methodText);
            target.writeShort(descriptorText);
        });
        int ownerType = type(owner);
        return constant("method " + owner + "." + methodName + descriptor, target -> {
            target.writeByte(METHOD);
            target.writeShort(ownerType);
            target.writeShort(nameAndType);
        });
    }

    Code code() {
        return new Code();
    }

    /** Adds a public method. */
    void method(String methodName, String descriptor, Code code, int locals) {
        int methodText = utf8(methodName);
        int descriptorText = utf8(descriptor);
        int attribute = utf8("Code");
        byte[] instructions = code.instructions.toByteArray();
        write(methods, target -> {
            target.writeShort(PUBLIC);
            target.writeShort(methodText);
            target.writeShort(descriptorText);
            target.writeShort(1);
            target.writeShort(attribute);
            target.writeInt(2 + 2 + 4 + instructions.length + 2 + 2);
            target.writeShort(MAX_STACK);
            target.writeShort(locals);
            target.writeInt(instructions.length);
            target.write(instructions);
            target.writeShort(0);
            target.writeShort(0);
        });
        methodCount++;
    }

    byte[] bytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        write(file, target -> {
            target.writeInt(MAGIC);
            target.writeShort(0);
            target.writeShort(JAVA_17);
            target.writeShort(constants.size() + 1);
            target.write(pool.toByteArray());
            target.writeShort(PUBLIC | FINAL | SUPER | SYNTHETIC);
            target.writeShort(name);
            target.writeShort(superclass);
            target.writeShort(1);
            target.writeShort(implemented);
            target.writeShort(0);
            target.writeShort(methodCount);
            target.write(methods.toByteArray());
            target.writeShort(0);
        });
        return file.toByteArray();
    }

    /** The instructions of a method. */
    final class Code {

        private static final int BIPUSH = 0x10;
        private static final int SIPUSH = 0x11;
        private static final int LDC_W = 0x13;
        private static final int INVOKE_VIRTUAL = 0xB6;
        private static final int INVOKE_SPECIAL = 0xB7;
        private static final int INVOKE_STATIC = 0xB8;
        private static final int CHECK_CAST = 0xC0;

        private final ByteArrayOutputStream instructions = new ByteArrayOutputStream();

        /** An instruction without operands. */
        void operation(int code) {
            instructions.write(code);
        }

        void load(int code, int local) {
            instructions.write(code);
            instructions.write(local);
        }

        void push(int value) {
            if (value == (byte) value) {
                instructions.write(BIPUSH);
                instructions.write(value);
            } else if (value == (short) value) {
                instructions.write(SIPUSH);
                operand(value);
            } else {
                instructions.write(LDC_W);
                operand(integer(value));
            }
        }

        void invokeVirtual(String owner, String methodName, String descriptor) {
            instructions.write(INVOKE_VIRTUAL);
            operand(method(owner, methodName, descriptor));
        }

        void invokeSpecial(String owner, String methodName, String descriptor) {
            instructions.write(INVOKE_SPECIAL);
            operand(method(owner, methodName, descriptor));
        }

        void invokeStatic(String owner, String methodName, String descriptor) {
            instructions.write(INVOKE_STATIC);
            operand(method(owner, methodName, descriptor));
        }

        void checkCast(String typeName) {
            instructions.write(CHECK_CAST);
            operand(type(typeName));
        }

        private void operand(int value) {
            instructions.write(value >>> 8);
            instructions.write(value);
        }
    }
}
