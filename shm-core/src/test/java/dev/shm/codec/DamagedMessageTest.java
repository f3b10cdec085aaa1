package dev.shm.codec;

import static dev.shm.codec.Buffers.encoded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.shm.error.CodecException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Month;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever stands in a message, the outcome is a value or a {@link CodecException}, and never an exhausted heap. */
class DamagedMessageTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    /** What one decoding may allocate, apart from a multiple of the message: another Kryo, and an exception. */
    private static final long SPARE_BYTES = 2 << 20;

    /** As above, where all classes are loaded. */
    private static final long WARM_BYTES = 256 << 10;

    private static final int BYTES_PER_BYTE = 256;

    /** AssertJ allocates megabytes when it is first used: not while something is measured. */
    @BeforeAll
    static void load() {
        assertThatThrownBy(() -> Codecs.kryo(Object.class).decode(ByteBuffer.allocate(0)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("empty");
    }

    private final Codec<Object> anything = Codecs.kryo(Object.class);

    @ParameterizedTest
    @MethodSource("codecs")
    void aMutatedMessageIsAValueOrAnException(Codec<Object> codec, Object sample) {
        byte[] good = encoded(codec, sample);
        Random random = new Random(42);
        for (int i = 0; i < 40_000; i++) {
            decode(codec, mutated(good, random));
        }
        assertThat(encoded(codec, sample)).isEqualTo(good);
    }

    static Stream<Object[]> codecs() {
        TreeMap<String, Object> sorted = new TreeMap<>(Comparator.reverseOrder());
        sorted.put("b", List.of(EnumSet.of(Month.MAY), new boolean[] {true}));
        sorted.put("a", new Object[] {new BitSet(), new String[] {"x", "ÿ".repeat(40)}, new long[] {1, 2}});
        return Stream.of(
                new Object[] {Codecs.kryo(Trade.class), Trade.sample()},
                new Object[] {KryoCodec.of(Trade.class).references().build(), Trade.sample()},
                new Object[] {Codecs.kryo(Object.class), sorted},
                new Object[] {Codecs.kryo(KryoCodecTest.Dog.class), new KryoCodecTest.Dog()},
                new Object[] {
                    Codecs.kryo(Object.class, Trade.Side.class, Trade.Strategy.class, Trade.Leg.class),
                    List.of(
                            EnumSet.allOf(Trade.Side.class),
                            List.of(Trade.Side.BUY, Trade.Strategy.HASTY, Trade.Side.SELL),
                            new Trade.Leg("a", 1, 2),
                            new Trade.Leg("b", 1, 2))
                },
                new Object[] {Codecs.string(), "Grüße \uD83D\uDE00"});
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = Arrays.copyOf(good, random.nextInt(8) == 0 ? random.nextInt(good.length + 8) : good.length);
        int changes = bytes.length == 0 ? 0 : 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xFF : 0);
                default -> {
                    for (int j = at; j < Math.min(bytes.length, at + 5); j++) {
                        bytes[j] = j == at + 4 ? 0x07 : (byte) 0xFF;
                    }
                }
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void randomBytesAreAValueOrAnException(Codec<Object> codec) {
        Random random = new Random(43);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            decode(codec, bytes);
        }
    }

    /** Decodes, and looks at what was allocated for it: once more, if classes were loaded as well. */
    private static void decode(Codec<?> codec, byte[] bytes) {
        long most = WARM_BYTES + (long) BYTES_PER_BYTE * bytes.length;
        ByteBuffer source =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asReadOnlyBuffer();
        long allocated = allocated(codec, source);
        if (allocated >= most) {
            // What is loaded is loaded once; what a message makes it makes again.
            allocated = allocated(codec, source.rewind());
        }
        assertThat(allocated).as(() -> HexFormat.of().formatHex(bytes)).isLessThan(most);
    }

    private static long allocated(Codec<?> codec, ByteBuffer source) {
        Object value = null;
        CodecException failure = null;
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            value = codec.decode(source);
        } catch (CodecException e) {
            failure = e;
        }
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (failure == null) {
            assertThat(value).isNotNull();
        } else {
            assertThat(failure).hasMessageContaining(codec.name());
            assertThat(source.position()).isZero();
        }
        return allocated;
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                byte[].class,
                short[].class,
                char[].class,
                int[].class,
                long[].class,
                float[].class,
                double[].class,
                boolean[].class,
                String[].class,
                Object[].class,
                ArrayList.class,
                HashSet.class,
                HashMap.class,
                ArrayDeque.class,
                BitSet.class,
                BigInteger.class,
                BigDecimal.class
            })
    void aLengthThatIsNotThereIsRefusedBeforeAnythingIsAllocated(Class<?> type) {
        int id = BuiltInTypes.list().stream()
                .filter(entry -> entry.type() == type)
                .findFirst()
                .orElseThrow()
                .id();
        for (int length : new int[] {100, 1 << 20, 1 << 28, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            ByteBuffer message = ByteBuffer.allocate(32);
            message.put((byte) (id + 2));
            if (type == BigDecimal.class) {
                message.put((byte) 0);
            }
            int rest = length;
            while ((rest & ~0x7F) != 0) {
                message.put((byte) (rest | 0x80));
                rest >>>= 7;
            }
            message.put((byte) rest);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            assertThatThrownBy(() -> anything.decode(ByteBuffer.wrap(message.array())))
                    .isInstanceOf(CodecException.class);
            assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(SPARE_BYTES);
        }
    }

    @Test
    void aStringThatClaimsToBeLongIsRefusedBeforeAnythingIsAllocated() {
        byte[] message = {3, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07, 'a'};
        long before = THREADS.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> anything.decode(ByteBuffer.wrap(message))).isInstanceOf(CodecException.class);
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(SPARE_BYTES);
    }

    @Test
    void collectionsInsideOfEachOtherShareTheBytesThatAreLeft() {
        int id = BuiltInTypes.list().stream()
                .filter(entry -> entry.type() == Object[].class)
                .findFirst()
                .orElseThrow()
                .id();
        ByteBuffer message = ByteBuffer.allocate(1 << 20);
        for (int i = 0; i < 200; i++) {
            message.put((byte) (id + 2)).put((byte) 0xFF).put((byte) 0xFF).put((byte) 0x1F);
        }
        long before = THREADS.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> anything.decode(message.clear()))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("where at most");
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(SPARE_BYTES + (16L << 20));
    }

    @Test
    void nestingWithoutEndIsRefused() {
        int id = BuiltInTypes.list().stream()
                .filter(entry -> entry.type() == Optional.class)
                .findFirst()
                .orElseThrow()
                .id();
        byte[] message = new byte[1 << 20];
        Arrays.fill(message, (byte) (id + 2));
        assertThatThrownBy(() -> anything.decode(ByteBuffer.wrap(message)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("256 levels");
    }

    @Test
    void noClassIsEverLookedForByItsName() {
        ByteBuffer message = ByteBuffer.allocate(64).put((byte) 1).put((byte) 0);
        byte[] name = "java.lang.ProcessBuilder".getBytes(StandardCharsets.US_ASCII);
        name[name.length - 1] |= (byte) 0x80;
        message.put(name).flip();
        assertThatThrownBy(() -> anything.decode(message))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("by its name");
    }

    @Test
    void anUnknownIdIsRefused() {
        assertThatThrownBy(() -> anything.decode(ByteBuffer.wrap(new byte[] {(byte) 0xFF, 0x7F})))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("given by the number 16383, where 0 were named before");
        assertThatThrownBy(() -> anything.decode(ByteBuffer.wrap(new byte[] {98, 8, 7, 6, 5, 4, 3, 2, 1})))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not registered in this process, with the number 0102030405060708");
    }

    record Holder(List<String> texts) {}

    static class Keeper {
        List<String> texts = List.of();
    }

    @Test
    void aValueOfAnotherTypeNeverGetsIntoAField() {
        for (Class<?> type : List.of(Holder.class, Keeper.class)) {
            KryoCodec<?> codec = Codecs.kryo(type);
            ByteBuffer message = ByteBuffer.allocate(11).order(ByteOrder.LITTLE_ENDIAN);
            message.put((byte) 98)
                    .putLong(Long.parseUnsignedLong(codec.numbers().get(type.getName()), 16))
                    .put(new byte[] {2, 2});
            assertThatThrownBy(() -> codec.decode(message.flip()))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("does not fit");
        }
    }
}
