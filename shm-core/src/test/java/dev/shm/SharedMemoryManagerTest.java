package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.shm.testing.TestDirectory;
import dev.shm.testing.Watchdog;
import dev.shm.value.SharedLong;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SharedMemoryManagerTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();

    private SegmentListener listener(String name) {
        return new SegmentListener() {
            @Override
            public void peerJoined(SharedMemory memory, PeerInfo peer) {
                heard.add(name + " " + memory.name());
            }
        };
    }

    private static SegmentListener throwing(Throwable error) {
        return new SegmentListener() {
            @Override
            public void peerJoined(SharedMemory memory, PeerInfo peer) {
                SharedMemoryManagerTest.<RuntimeException>sneak(error);
            }
        };
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> void sneak(Throwable error) throws E {
        throw (E) error;
    }

    @Test
    void ownsSeveralSegmentsAndClosesThemAll() {
        SharedMemory one;
        SharedMemory two;
        try (SharedMemoryManager manager = SharedMemoryManager.start()) {
            one = manager.create(directory.segment("one"));
            two = manager.openOrCreate(directory.segment("two"));
            assertThat(manager.segments()).containsExactly(one, two);
            assertThat(manager.get("two")).containsSame(two);
            assertThat(manager.get("three")).isEmpty();
            one.create("hits", SharedLong.type()).incrementAndGet();
            try (SharedMemoryManager other = SharedMemoryManager.start()) {
                assertThat(other.open(directory.segment("one"))
                                .open("hits", SharedLong.type())
                                .get())
                        .isEqualTo(1);
            }
        }
        assertThat(one.isOpen()).isFalse();
        assertThat(two.isOpen()).isFalse();
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void refusesToOpenOneSegmentTwiceUntilItIsClosed() {
        try (SharedMemoryManager manager = SharedMemoryManager.start()) {
            SharedMemory memory = manager.create(directory.segment("desk"));
            assertThatIllegalStateException()
                    .isThrownBy(() -> manager.open(directory.segment("desk")))
                    .withMessageContaining("get(\"desk\")");
            memory.close();
            assertThat(manager.get("desk")).isEmpty();
            assertThat(manager.segments()).isEmpty();
            assertThat(manager.create(directory.segment("desk")).isOpen()).isTrue();
        }
    }

    @Test
    void tellsWhatIsOpenWhileAnotherIsBeingOpened() throws InterruptedException {
        try (SharedMemoryManager manager = SharedMemoryManager.start()) {
            SharedMemory one = manager.create(directory.segment("one"));
            Thread opener =
                    new Thread(() -> manager.open(directory.segment("two").role(Role.CONSUMER)));
            opener.start();
            await().until(() -> opener.getState() == Thread.State.TIMED_WAITING);
            assertTimeoutPreemptively(Watchdog.TIMEOUT, () -> {
                assertThat(manager.segments()).containsExactly(one);
                assertThat(manager.get("one")).containsSame(one);
                assertThat(manager.ended()).isEmpty();
            });
            assertThat(opener.isAlive()).isTrue();
            try (SharedMemory two = directory.segment("two").role(Role.CREATOR).create()) {
                opener.join();
                assertThat(manager.segments()).extracting(SharedMemory::name).containsExactly("one", two.name());
            }
        }
    }

    @Test
    void isClosedOnceAndForAll() {
        SharedMemoryManager manager = SharedMemoryManager.start();
        manager.close();
        manager.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> manager.create(directory.segment("desk")))
                .withMessageContaining("closed");
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void tellsItsListenersOfEverySegment() {
        try (SharedMemoryManager manager =
                SharedMemoryManager.builder().listener(listener("early")).start()) {
            manager.create(directory.segment("one"));
            manager.addListener(listener("late"));
            manager.create(directory.segment("two"));
            try (SharedMemory first = directory.segment("one").open();
                    SharedMemory second = directory.segment("two").open()) {
                await().untilAsserted(() ->
                        assertThat(heard).containsExactlyInAnyOrder("early one", "late one", "early two", "late two"));
                assertThat(List.of(first, second)).allMatch(SharedMemory::isOpen);
            }
        }
    }

    @Test
    void whatListenersThrowGoesToTheErrorHandlerAndStopsNothing() {
        RuntimeException exception = new IllegalStateException("on purpose");
        Error error = new AssertionError("on purpose");
        Exception checked = new IOException("on purpose");
        try (SharedMemoryManager manager = SharedMemoryManager.builder()
                .errorHandler(errors::add)
                .listener(throwing(exception))
                .listener(throwing(error))
                .listener(throwing(checked))
                .listener(listener("last"))
                .start()) {
            manager.create(directory.segment("one").listener(throwing(error)).listener(listener("own")));
            manager.create(directory.segment("two"));
            try (SharedMemory peer = directory.segment("one").open()) {
                await().untilAsserted(() -> assertThat(heard).containsExactlyInAnyOrder("own one", "last one"));
                assertThat(peer.isOpen()).isTrue();
            }
            try (SharedMemory peer = directory.segment("two").open()) {
                await().untilAsserted(() -> assertThat(heard).contains("last two"));
                assertThat(peer.isOpen()).isTrue();
            }
            assertThat(errors).contains(exception, error, checked);
        }
    }

    @Test
    void anErrorHandlerThatThrowsStopsNothing() {
        try (SharedMemoryManager manager = SharedMemoryManager.builder()
                .errorHandler(e -> {
                    errors.add(e);
                    throw new IllegalStateException("handler", e);
                })
                .listener(throwing(new IllegalStateException("listener")))
                .listener(listener("last"))
                .start()) {
            manager.create(directory.segment("one"));
            manager.create(directory.segment("two"));
            try (SharedMemory peer = directory.segment("one").open()) {
                await().dontCatchUncaughtExceptions()
                        .untilAsserted(() -> assertThat(heard).containsExactly("last one"));
                assertThat(peer.isOpen()).isTrue();
            }
            try (SharedMemory peer = directory.segment("two").open()) {
                await().dontCatchUncaughtExceptions()
                        .untilAsserted(() -> assertThat(heard).containsExactly("last one", "last two"));
                assertThat(peer.isOpen()).isTrue();
            }
            assertThat(errors).isNotEmpty();
        }
    }

    @Test
    void refusesToBeClosedByAListener() {
        SegmentListener closer = new SegmentListener() {
            @Override
            public void peerJoined(SharedMemory memory, PeerInfo peer) {
                memory.close();
            }
        };
        try (SharedMemory memory = directory
                .segment("desk")
                .errorHandler(errors::add)
                .listener(closer)
                .create()) {
            try (SharedMemory other = directory.segment("desk").open()) {
                await().untilAsserted(() -> assertThat(errors).isNotEmpty());
                assertThat(errors.get(0))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("another thread");
                assertThat(other.peers()).hasSize(2);
            }
            assertThat(memory.isOpen()).isTrue();
        }
    }

    @Test
    void aManagerRefusesToBeClosedByAListenerAndCanBeClosedLater() {
        SharedMemoryManager manager =
                SharedMemoryManager.builder().errorHandler(errors::add).start();
        manager.addListener(new SegmentListener() {
            @Override
            public void peerJoined(SharedMemory memory, PeerInfo peer) {
                manager.close();
            }
        });
        SharedMemory memory = manager.create(directory.segment("desk"));
        try (SharedMemory peer = directory.segment("desk").open()) {
            await().untilAsserted(() -> assertThat(errors).hasAtLeastOneElementOfType(IllegalStateException.class));
            assertThat(peer.isOpen()).isTrue();
        }
        assertThat(memory.isOpen()).isTrue();
        manager.close();
        assertThat(memory.isOpen()).isFalse();
        assertThat(directory.files()).isEmpty();
    }
}
