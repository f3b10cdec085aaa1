package dev.shm.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.SharedMemory;
import dev.shm.codec.Codecs;
import dev.shm.codec.KryoCodec;
import dev.shm.error.CodecException;
import dev.shm.queue.SharedQueue;
import dev.shm.testing.ChildJvm;
import dev.shm.testing.TestDirectory;
import dev.shm.testing.Version;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two JVMs, each with a class that the other does not have, one class in two versions, and an enum with other constants. */
class VersionsIT {

    private static final String POINT = "record Point(int x, Side side) {}";

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    /** What one of the two has, and does. */
    private static final class Side {

        private final Version version;
        private final KryoCodec<Object> codec;
        private final SharedMap<Object, Object> map;
        private final SharedQueue<Object> queue;

        Side(SharedMemory memory, Version version, String... registered) {
            this.version = version;
            this.codec = Codecs.kryo(Object.class, version.types(registered));
            this.map = memory.openOrCreate("map", SharedMap.of(codec, codec));
            this.queue = memory.openOrCreate("queue", SharedQueue.of(codec).capacityBytes(64 << 10));
        }

        Object point(int x, String side) {
            return version.make("Point", x, version.constant("Side", side));
        }
    }

    private static Side parent(SharedMemory memory) {
        return new Side(
                memory,
                Version.of(
                        POINT,
                        "enum Side { BUY, SELL, SHORT }",
                        "record Fee(long cents) {}",
                        "record Leg(int lots) {}"),
                "Point",
                "Fee",
                "Leg");
    }

    private static Side child(SharedMemory memory) {
        return new Side(
                memory,
                Version.of(POINT, "enum Side { SELL, LONG, BUY }", "record Zoo(int id) {}", "record Leg(long lots) {}"),
                "Zoo",
                "Leg",
                "Point");
    }

    private static SharedMemory attach(Path segments) {
        return SharedMemory.named("versions").directory(segments).size(4 << 20).openOrCreate();
    }

    private static void assertUnreadable(SharedMap<Object, Object> map, String key, String reason) {
        assertThatThrownBy(() -> map.get(key))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining(reason);
    }

    /** The other JVM. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) throws InterruptedException {
            ChildJvm.dieWithParent();
            try (SharedMemory memory = attach(Path.of(arguments[0]))) {
                Side side = child(memory);
                assertThat(side.map.get(side.point(1, "BUY"))).isEqualTo(List.of(side.point(2, "SELL"), "text"));
                assertUnreadable(side.map, "fee", "with the number " + arguments[1]);
                assertUnreadable(side.map, "leg", "acme.Leg in another version");
                assertUnreadable(
                        side.map, "short", "acme.Side has no constant SHORT in this process; it has SELL, LONG, BUY");
                assertThat(side.map).hasSize(4);
                assertThatThrownBy(side.queue::take)
                        .isInstanceOf(CodecException.class)
                        .hasMessageContaining(arguments[1]);
                side.map.put("zoo", side.version.make("Zoo", 7));
                side.map.put("long", List.of(side.point(5, "LONG")));
                side.map.put(side.point(3, "SELL"), side.point(4, "BUY"));
                System.out.println("zoo " + side.codec.numbers().get("acme.Zoo"));
            }
        }
    }

    @Test
    void shouldReadWhatBothHave() throws InterruptedException {
        try (SharedMemory memory = attach(directory.segments())) {
            Side side = parent(memory);
            side.map.put(side.point(1, "BUY"), List.of(side.point(2, "SELL"), "text"));
            side.map.put("fee", side.version.make("Fee", 3L));
            side.map.put("leg", side.version.make("Leg", 3));
            side.map.put("short", side.point(3, "SHORT"));
            side.queue.put(side.version.make("Fee", 4L));
            try (ChildJvm child = ChildJvm.start(
                    Child.class, directory.segments(), side.codec.numbers().get("acme.Fee"))) {
                String zoo = child.await("zoo ");
                assertThat(child.awaitEnd()).isZero();
                assertUnreadable(side.map, "zoo", "with the number " + zoo);
                assertUnreadable(side.map, "long", "acme.Side has no constant LONG");
                assertThat(side.map.get(side.point(3, "SELL"))).isEqualTo(side.point(4, "BUY"));
                assertThat(side.map.get("fee")).isEqualTo(side.version.make("Fee", 3L));
                assertThat(side.queue.take()).as("came back").isEqualTo(side.version.make("Fee", 4L));
                assertThat(side.map).hasSize(7);
            }
        }
    }
}
