package dev.shm.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.CodecException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.testing.Version;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages of a class that one process has and the other has not, or in another version, between messages that both read. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnreadableMessageTest {

    private static final Duration NOW = Duration.ZERO;
    private static final String POINT = "record Point(int x) {}";

    private static final Version MINE = Version.of(POINT, "record Fee(long cents) {}", "record Leg(int lots) {}");
    private static final Version THEIRS = Version.of(POINT, "record Leg(long lots) {}", "record Aaa(int a) {}");
    private static final Codec<Object> HERE = Codecs.kryo(Object.class, MINE.types("Point", "Fee", "Leg"));
    private static final Codec<Object> THERE = Codecs.kryo(Object.class, THEIRS.types("Leg", "Aaa", "Point"));

    @RegisterExtension
    final TwoMappings segment = new TwoMappings();

    static Stream<QueueType<String>> kinds() {
        return QueueContractTest.kinds();
    }

    private static void assertNotRegistered(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("not registered in this process");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldStayUntilSomebodyReadsItOrPutsItAway(QueueType<String> kind) throws InterruptedException {
        SharedQueue<Object> sender = segment.mine().create("q", QueueContractTest.like(kind, HERE));
        SharedQueue<Object> receiver = segment.theirs().open("q", QueueContractTest.like(kind, THERE));
        sender.put(MINE.make("Point", 1));
        sender.put(MINE.make("Fee", 2L));
        sender.put(MINE.make("Leg", 3));
        sender.put(MINE.make("Point", 4));
        assertThat(receiver.take()).isEqualTo(THEIRS.make("Point", 1));
        assertNotRegistered(receiver::take);
        assertNotRegistered(receiver::poll);
        assertThat(receiver.size()).isEqualTo(3);
        try (Delivery<Object> delivery = receiver.receive(NOW)) {
            assertNotRegistered(delivery::payload);
            byte[] bytes = new byte[delivery.message().length()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = delivery.message().getByte(i);
            }
            assertThat(HERE.decode(ByteBuffer.wrap(bytes)))
                    .as("nothing is lost")
                    .isEqualTo(MINE.make("Fee", 2L));
            delivery.ack();
        }
        assertThatThrownBy(receiver::take)
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("acme.Leg in another version");
        try (Delivery<Object> delivery = receiver.receive(NOW)) {
            delivery.ack();
        }
        assertThat(receiver.take()).isEqualTo(THEIRS.make("Point", 4));
        assertThat(receiver.poll()).isNull();
    }

    @Test
    void shouldBecomeADeadLetterThatItsSenderReads() throws InterruptedException {
        SharedQueue<Object> sender =
                segment.mine().create("q", SharedQueue.of(HERE).deadLettersAfter(3));
        SharedQueue<Object> receiver =
                segment.theirs().open("q", SharedQueue.of(THERE).deadLettersAfter(3));
        sender.put(MINE.make("Fee", 2L));
        sender.put(MINE.make("Point", 4));
        for (int i = 0; i < 3; i++) {
            assertNotRegistered(receiver::take);
        }
        assertThat(receiver.take()).isEqualTo(THEIRS.make("Point", 4));
        assertThat(receiver.poll()).isNull();
        try (SharedQueue<Object> dead = sender.deadLetters()) {
            assertThat(dead.poll()).isEqualTo(MINE.make("Fee", 2L));
        }
    }

    @Test
    void shouldBeAnErrorOfOneMessageOfATopic() throws InterruptedException {
        SharedTopic<Object> sender = segment.mine().create("t", SharedTopic.of(HERE));
        SharedTopic<Object> receiver = segment.theirs().open("t", SharedTopic.of(THERE));
        try (Subscription<Object> subscription = receiver.subscribe()) {
            sender.publish(MINE.make("Fee", 2L));
            sender.publish(MINE.make("Point", 4));
            assertNotRegistered(subscription::poll);
            try (Delivery<Object> delivery = subscription.receive(NOW)) {
                assertNotRegistered(delivery::payload);
                delivery.ack();
            }
            assertThat(subscription.poll()).isEqualTo(THEIRS.make("Point", 4));
        }
    }

    @Test
    void shouldStillRefuseAnotherRoot() {
        segment.mine().create("q", SharedQueue.of(Codecs.kryo(MINE.type("Point"))));
        segment.theirs()
                .open("q", SharedQueue.of(Codecs.kryo(THEIRS.type("Point"))))
                .close();
        assertThatThrownBy(() -> segment.theirs().open("q", SharedQueue.of(Codecs.kryo(THEIRS.type("Leg")))))
                .isInstanceOf(ObjectTypeMismatchException.class)
                .hasMessageContaining("kryo:acme.Point:2")
                .hasMessageContaining("kryo:acme.Leg:2");
        assertThatThrownBy(() -> segment.theirs().open("q", SharedQueue.of(THERE)))
                .isInstanceOf(ObjectTypeMismatchException.class);
        assertThatThrownBy(() -> segment.theirs().open("q", SharedQueue.of(Codecs.string())))
                .isInstanceOf(ObjectTypeMismatchException.class);
    }
}
