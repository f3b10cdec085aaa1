package dev.shm.codec;

import static dev.shm.codec.Buffers.decoded;
import static dev.shm.codec.Buffers.encoded;
import static dev.shm.codec.Buffers.roundTrip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.shm.error.CodecException;
import dev.shm.testing.Version;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Processes that have registered other classes, or have other versions of them. */
class KryoVersionsTest {

    private static final String LEG = "record Leg(String name, int lots) {}";
    private static final String FEE = "record Fee(long cents) {}";
    private static final String SIDE = "enum Side { BUY, SELL }";
    private static final String ORDER = "record Order(String id, Side side, Leg leg) {}";

    private static KryoCodec<Object> codec(Version version, String... types) {
        return Codecs.kryo(Object.class, version.types(types));
    }

    private static Object order(Version version, String side) {
        return version.make("Order", "one", version.constant("Side", side), version.make("Leg", "first", 5));
    }

    // ------------------------------------------------------------------------------------------ classes

    @Test
    void whatBothKnowIsReadWhateverElseIsRegistered() {
        Version mine = Version.of(LEG, FEE, SIDE, ORDER, "record Aaa(int i) {}");
        Version theirs = Version.of(LEG, FEE, SIDE, ORDER, "record Zzz(int i) {}");
        KryoCodec<Object> here = codec(mine, "Aaa", "Fee", "Order");
        KryoCodec<Object> there = codec(theirs, "Order", "Zzz", "Side", "Fee");
        assertThat(here.name()).isEqualTo(there.name());
        List<Object> written = List.of(order(mine, "SELL"), mine.make("Fee", 3L), order(mine, "BUY"), 4);
        List<Object> expected = List.of(order(theirs, "SELL"), theirs.make("Fee", 3L), order(theirs, "BUY"), 4);
        assertThat(decoded(there, encoded(here, written))).isEqualTo(expected);
        assertThat(encoded(there, expected)).isEqualTo(encoded(here, written));
    }

    @Test
    void equalValuesHaveEqualBytesWhateverElseIsRegistered() {
        Version version = Version.of(LEG, FEE, SIDE, ORDER);
        Object key = order(version, "BUY");
        assertThat(Stream.of(
                                codec(version, "Order"),
                                codec(version, "Order", "Fee"),
                                codec(version, "Fee", "Side", "Leg", "Order"))
                        .map(codec -> Arrays.toString(encoded(codec, key))))
                .containsOnly(Arrays.toString(encoded(codec(version, "Order"), key)));
    }

    @Test
    void aClassThatIsNotRegisteredIsToldByItsNumber() {
        Version version = Version.of(LEG, FEE);
        KryoCodec<Object> here = codec(version, "Leg", "Fee");
        KryoCodec<Object> there = codec(version, "Leg");
        byte[] bytes = encoded(here, List.of(version.make("Leg", "a", 1), version.make("Fee", 3L)));
        String number = here.numbers().get("acme.Fee");
        assertThat(number).matches("[0-9a-f]{16}");
        assertThatThrownBy(() -> decoded(there, bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not registered in this process, with the number " + number)
                .hasMessageContaining("Register the class here as well")
                .hasMessageContaining("KryoCodec.numbers()")
                .hasMessageContaining("no other value is affected");
        Object leg = version.make("Leg", "a", 1);
        assertThat(roundTrip(there, leg)).as("works on").isEqualTo(leg);
        assertThat(here.numbers()).containsOnlyKeys("acme.Fee", "acme.Leg");
        assertThat(there.numbers().get("acme.Leg")).isEqualTo(here.numbers().get("acme.Leg"));
        assertThatThrownBy(() -> here.numbers().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void anotherVersionOfAClassIsToldByItsName() {
        Version old = Version.of(LEG, FEE);
        for (String changed : List.of(
                "record Leg(String name, int lots, int more) {}",
                "record Leg(String name) {}",
                "record Leg(String name, long lots) {}",
                "record Leg(int lots, String name) {}",
                "record Leg(String title, int lots) {}")) {
            Version now = Version.of(changed, FEE);
            KryoCodec<Object> here = codec(old, "Leg", "Fee");
            KryoCodec<Object> there = codec(now, "Leg", "Fee");
            byte[] bytes = encoded(here, old.make("Leg", "a", 1));
            assertThatThrownBy(() -> decoded(there, bytes))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("acme.Leg in another version than that of this process ("
                            + here.numbers().get("acme.Leg") + " there, "
                            + there.numbers().get("acme.Leg") + " here)")
                    .hasMessageContaining("same version of the class");
            assertThat(decoded(there, encoded(here, old.make("Fee", 5L)))).isEqualTo(now.make("Fee", 5L));
        }
    }

    @Test
    void anotherVersionOfAClassInsideIsToldByTheNamesOfBoth() {
        Version old = Version.of(LEG, SIDE, ORDER);
        Version now = Version.of("record Leg(String name, long lots) {}", SIDE, ORDER);
        byte[] bytes = encoded(codec(old, "Order"), order(old, "BUY"));
        assertThatThrownBy(() -> decoded(codec(now, "Order"), bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("acme.Order in another version")
                .hasMessageContaining("or in acme.Leg, acme.Side");
        Version arrays = Version.of(LEG, "record Legs(Leg[] all) {}");
        Version others = Version.of("record Leg(long lots) {}", "record Legs(Leg[] all) {}");
        assertThat(codec(arrays, "Legs").numbers().values())
                .doesNotContainAnyElementsOf(codec(others, "Legs").numbers().values());
    }

    @Test
    void aClassThatHoldsItselfHasANumberToo() {
        String node = "record Node(int value, Node next, Tree tree) {}";
        String tree = "record Tree(Node root) {}";
        Version mine = Version.of(node, tree);
        Version theirs = Version.of(node, tree);
        Object last = mine.make("Node", 2, null, null);
        Object value = mine.make("Node", 1, last, mine.make("Tree", last));
        assertThat(decoded(codec(theirs, "Tree"), encoded(codec(mine, "Node"), value)))
                .hasToString(value.toString());
        Version others = Version.of(node, "record Tree(Node root, int height) {}");
        assertThat(codec(mine, "Node").numbers().values())
                .doesNotContainAnyElementsOf(codec(others, "Node").numbers().values());
    }

    @Test
    void theRootIsComparedByItsNameAndReadByItsNumber() {
        Version old = Version.of(LEG);
        Version now = Version.of("record Leg(String name, long lots) {}");
        @SuppressWarnings("unchecked")
        KryoCodec<Object> here = (KryoCodec<Object>) Codecs.kryo(old.type("Leg"));
        KryoCodec<?> there = Codecs.kryo(now.type("Leg"));
        assertThat(here.name()).isEqualTo("kryo:acme.Leg:2").isEqualTo(there.name());
        byte[] bytes = encoded(here, old.make("Leg", "a", 1));
        assertThatThrownBy(() -> decoded(there, bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("acme.Leg in another version");
    }

    @Test
    void aSortedCollectionIsNoOther() {
        Version list = Version.of("class Names extends java.util.HashSet<String> {}");
        Version sorted = Version.of(
                "class Names extends java.util.TreeSet<String> { public Names(java.util.Comparator<? super String> c) { super(c); } }");
        byte[] bytes = encoded(codec(list, "Names"), list.make("Names"));
        assertThatThrownBy(() -> decoded(codec(sorted, "Names"), bytes)).hasMessageContaining("another version");
    }

    @Test
    void aFailureInTheMiddleOfAGraphWithReferencesLeavesNothingBehind() {
        Version version = Version.of(LEG, FEE);
        KryoCodec<Object> here = KryoCodec.of(Object.class)
                .register(version.types("Leg", "Fee"))
                .references()
                .build();
        KryoCodec<Object> there = KryoCodec.of(Object.class)
                .register(version.types("Leg"))
                .references()
                .build();
        Object leg = version.make("Leg", "a", 1);
        byte[] bad = encoded(here, List.of(leg, leg, version.make("Fee", 1L)));
        byte[] good = encoded(here, List.of(leg, leg));
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> decoded(there, bad)).isInstanceOf(CodecException.class);
            assertThat(decoded(there, good)).isEqualTo(List.of(leg, leg));
        }
        assertThat(here.name()).isEqualTo("kryo:java.lang.Object:2+references");
    }

    @Test
    void twoClassesWithTheSameNumberAreRefused() {
        UserType one = new UserType(String.class, new GroupSerializers.ArrayOf(String.class, true), 5, List.of());
        UserType other = new UserType(Integer.class, one.serializer(), 5, List.of());
        UserType third = new UserType(Long.class, one.serializer(), 6, List.of());
        KryoSchema.requireDistinct(List.of(one, third));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KryoSchema.requireDistinct(List.of(third, one, other)))
                .withMessageContaining("java.lang.String and java.lang.Integer have the same number 0000000000000005")
                .withMessageContaining("another name");
    }

    @Test
    void aNumberIsMadeOfTheNameAndTheShape() {
        assertThat(TypeId.toText(TypeId.of("acme.Leg", "acme.Leg record"))).isEqualTo("55f8a44cb9dc1bf5");
        assertThat(TypeId.isSameName(TypeId.of("acme.Leg", "a"), TypeId.of("acme.Leg", "b")))
                .isTrue();
        assertThat(TypeId.isSameName(TypeId.of("acme.Leg", "a"), TypeId.of("acme.Fee", "a")))
                .isFalse();
        assertThat(Stream.of("a", "b", "c").map(shape -> TypeId.of("acme.Leg", shape)))
                .doesNotHaveDuplicates();
        assertThat(Codecs.kryo(Trade.Leg.class).numbers())
                .as("stays, so that old objects stay readable")
                .isEqualTo(Map.of("dev.shm.codec.Trade$Leg", "f255c01b1d68d668"));
    }

    // ------------------------------------------------------------------------------------------ the bytes

    @Test
    void aClassIsNamedOnceInAMessage() {
        Version version = Version.of(FEE, "record Tax(long cents) {}");
        KryoCodec<Object> codec = codec(version, "Fee", "Tax");
        int fee = encoded(codec, version.make("Fee", 1L)).length;
        int tax = encoded(codec, version.make("Tax", 1L)).length;
        assertThat(fee).as("its number, eight bytes, a long").isEqualTo(10).isEqualTo(tax);
        Object[] fees = Collections.nCopies(100, version.make("Fee", 1L)).toArray();
        int each = 2;
        assertThat(encoded(codec, fees)).hasSize(2 + fees.length * each + TypeId.BYTES);
        Object[] both = Stream.of(fees)
                .flatMap(one -> Stream.of(one, version.make("Tax", 1L)))
                .toArray();
        byte[] bytes = encoded(codec, both);
        assertThat(bytes).hasSize(3 + both.length * each + 2 * TypeId.BYTES);
        assertThat(decoded(codec, bytes)).isEqualTo(both);
    }

    @Test
    void aConstantIsNamedOnceInAMessage() {
        Version version = Version.of(SIDE, "record Trade(Side side) {}");
        KryoCodec<Object> codec = codec(version, "Trade");
        Object buy = version.make("Trade", version.constant("Side", "BUY"));
        Object sell = version.make("Trade", version.constant("Side", "SELL"));
        Object neither = version.make("Trade", new Object[] {null});
        assertThat(encoded(codec, buy)).hasSize(1 + TypeId.BYTES + 1 + 1 + 3);
        List<Object> all = List.of(buy, sell, sell, buy, neither, neither, sell);
        byte[] bytes = encoded(codec, all);
        assertThat(bytes).hasSize(2 + all.size() * 2 + TypeId.BYTES + 1 + 3 + 1 + 4);
        assertThat(decoded(codec, bytes)).isEqualTo(all);
    }

    @Test
    void moreThanThirtyClassesInAMessageTakeASecondByteEach() {
        String[] names =
                Stream.iterate(0, i -> i + 1).limit(40).map(i -> "Type" + i).toArray(String[]::new);
        Version version = Version.of(
                Stream.of(names).map(name -> "record " + name + "(int i) {}").toArray(String[]::new));
        KryoCodec<Object> codec = codec(version, names);
        List<Object> once = Stream.of(names).map(name -> version.make(name, 1)).toList();
        List<Object> twice = Stream.concat(once.stream(), once.stream()).toList();
        byte[] bytes = encoded(codec, twice);
        assertThat(bytes).hasSize(2 + 40 * TypeId.BYTES + 2 * (30 * 2 + 10 * 3));
        assertThat(decoded(codec, bytes)).isEqualTo(twice);
    }

    @Test
    void numbersThatWereNotGivenAreRefused() {
        Version version = Version.of(LEG, SIDE, "enum Other { X }");
        KryoCodec<Object> codec = codec(version, "Leg", "Side", "Other");
        byte[] leg = encoded(codec, version.make("Leg", "a", 1));
        assertDamaged(codec, new byte[] {100, 1, 2, 3, 4, 5, 6, 7, 8}, "given by the number 100, where 0 were named");
        assertDamaged(codec, new byte[] {9 + 2}, "no built-in class 11");
        assertDamaged(codec, new byte[] {98, 1, 2, 3}, "8 bytes are expected where 3 are left");
        byte[] twice = ByteBuffer.allocate(64)
                .put((byte) (arrayListId() + 2))
                .put((byte) 2)
                .put(leg)
                .put((byte) 99)
                .put(leg, 1, leg.length - 1)
                .array();
        assertDamaged(codec, twice, "acme.Leg is named twice");

        byte[] side = encoded(codec, version.constant("Side", "BUY"));
        int constant = 1 + TypeId.BYTES;
        assertThat(side).hasSize(constant + 1 + 1 + 3);
        byte[] second = side.clone();
        second[constant] = 2;
        assertDamaged(codec, second, "constant is given by the number 2, where 0 were named");
        byte[] other = encoded(codec, List.of(version.constant("Side", "BUY"), version.constant("Other", "X")));
        byte[] mixed = Arrays.copyOf(other, other.length - 2);
        mixed[mixed.length - 1] = 1;
        assertDamaged(codec, mixed, "A constant of acme.Side is given for one of acme.Other");
        byte[] longer = side.clone();
        longer[constant + 1] = 100;
        assertDamaged(codec, longer, "A length of 100 is claimed where 3 bytes are left");
    }

    private static int arrayListId() {
        return 49;
    }

    private static void assertDamaged(KryoCodec<Object> codec, byte[] bytes, String reason) {
        assertThatThrownBy(() -> decoded(codec, bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("was damaged");
    }

    @Test
    void writingAndReadingOfClassesAndConstantsLeavesNoGarbage() {
        Version version = Version.of(LEG, SIDE);
        KryoCodec<Object> codec = codec(version, "Leg", "Side");
        Object side = version.constant("Side", "SELL");
        Object leg = version.make("Leg", "a", 1);
        ByteBuffer target = Buffers.window(100);
        ByteBuffer bytes = Buffers.source(encoded(codec, side));
        int start = target.position();
        Runnable round = () -> {
            codec.encode(side, target.position(start));
            codec.encode(leg, target.position(start));
            codec.decode(bytes.position(start));
        };
        for (int i = 0; i < 1_000; i++) {
            round.run();
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
            round.run();
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("bytes in 1,000 rounds")
                .isLessThan(8 * 1_000);
    }

    // ------------------------------------------------------------------------------------------ constants

    @Test
    void constantsMayBeAddedAndMoved() {
        Version old = Version.of(SIDE, LEG, ORDER);
        Version now = Version.of("enum Side { SHORT, SELL, HOLD, BUY }", LEG, ORDER);
        KryoCodec<Object> here = codec(old, "Order");
        KryoCodec<Object> there = codec(now, "Order");
        assertThat(decoded(there, encoded(here, order(old, "SELL")))).isEqualTo(order(now, "SELL"));
        assertThat(decoded(here, encoded(there, order(now, "BUY")))).isEqualTo(order(old, "BUY"));
        byte[] bytes = encoded(there, order(now, "SHORT"));
        assertThatThrownBy(() -> decoded(here, bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("acme.Side has no constant SHORT in this process; it has BUY, SELL")
                .hasMessageContaining("side of acme.Order")
                .hasMessageContaining("same version of the enum");
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void aSetOfAnEnumIsOfNamesToo() {
        Version old = Version.of(SIDE);
        Version now = Version.of("enum Side { SHORT, SELL, BUY }");
        KryoCodec<Object> here = codec(old, "Side");
        KryoCodec<Object> there = codec(now, "Side");
        EnumSet both = EnumSet.allOf((Class) old.type("Side"));
        assertThat(decoded(there, encoded(here, both)))
                .isEqualTo(EnumSet.of((Enum) now.constant("Side", "SELL"), (Enum) now.constant("Side", "BUY")));
        assertThat(decoded(there, encoded(here, EnumSet.complementOf(both))))
                .isEqualTo(EnumSet.noneOf((Class) now.type("Side")));
        byte[] bytes = encoded(there, EnumSet.allOf((Class) now.type("Side")));
        assertThatThrownBy(() -> decoded(here, bytes)).hasMessageContaining("no constant SHORT");
    }

    @Test
    void constantsMayHaveBodiesAndAnyName() {
        String level = "enum Level { HÖHE { }, ŽLUTÝ, Aa, BB, " + "X".repeat(300) + " }";
        Version mine = Version.of(level);
        Version theirs = Version.of(level);
        for (Object constant : mine.type("Level").getEnumConstants()) {
            byte[] bytes = encoded(codec(mine, "Level"), List.of(constant, constant));
            Object same = theirs.constant("Level", constant.toString());
            assertThat(decoded(codec(theirs, "Level"), bytes)).isEqualTo(List.of(same, same));
        }
    }

    @Test
    void aNameWithoutEndIsNotShownWithoutEnd() {
        Version old = Version.of("enum Level { A }");
        Version now = Version.of("enum Level { A, " + "X".repeat(1000) + " }");
        byte[] bytes = encoded(codec(now, "Level"), now.type("Level").getEnumConstants()[1]);
        assertThatThrownBy(() -> decoded(codec(old, "Level"), bytes))
                .hasMessageContaining("X".repeat(200))
                .hasMessageNotContaining("X".repeat(201));
    }

    @Test
    void aConstantWithABodyMakesNoOtherVersionOfWhatHoldsIt() {
        Version old = Version.of(SIDE, LEG, ORDER);
        Version now = Version.of("enum Side { BUY, SELL { }, SHORT { } }", LEG, ORDER);
        assertThat(decoded(codec(now, "Order"), encoded(codec(old, "Order"), order(old, "SELL"))))
                .isEqualTo(order(now, "SELL"));
        assertThat(decoded(codec(old, "Order"), encoded(codec(now, "Order"), order(now, "SELL"))))
                .isEqualTo(order(old, "SELL"));
        assertThatThrownBy(() -> decoded(codec(old, "Order"), encoded(codec(now, "Order"), order(now, "SHORT"))))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("SHORT");
    }
}
