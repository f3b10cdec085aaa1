package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.shm.error.ObjectExistsException;
import dev.shm.error.ObjectNotFoundException;
import dev.shm.error.ObjectTypeMismatchException;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.SegmentClosedException;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedInt;
import dev.shm.value.SharedLong;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SharedMemoryTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @Test
    void peersOpenWhatOneOfThemCreated() {
        try (SharedMemory one = directory.segment("desk").openOrCreate();
                SharedMemory two = directory.segment("desk").openOrCreate()) {
            assertThat(two.uuid()).isEqualTo(one.uuid());
            assertThat(two.path())
                    .isEqualTo(one.path())
                    .isEqualTo(directory.path().resolve("desk"));
            assertThat(one.peers()).hasSize(2);
            assertThat(one.self().slot()).isNotEqualTo(two.self().slot());
            assertThat(one.self().pid()).isEqualTo(ProcessHandle.current().pid());
            one.create("hits", SharedLong.type()).set(7);
            assertThat(two.open("hits", SharedLong.type()).get()).isEqualTo(7);
        }
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void theLastPeerRemovesTheSegment() {
        SharedMemory one = directory.segment("desk").create();
        SharedMemory two = directory.segment("desk").open();
        one.close();
        assertThat(directory.files()).contains("desk");
        try (SharedMemory three = directory.segment("desk").open()) {
            assertThat(three.uuid()).isEqualTo(two.uuid());
        }
        two.close();
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void createsFindsOpensAndDestroysObjects() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            assertThat(memory.find("hits", SharedLong.type())).isEmpty();
            assertThatExceptionOfType(ObjectNotFoundException.class)
                    .isThrownBy(() -> memory.open("hits", SharedLong.type()));
            SharedLong created = memory.create("hits", SharedLong.type());
            assertThat(created.name()).isEqualTo("hits");
            assertThatExceptionOfType(ObjectExistsException.class)
                    .isThrownBy(() -> memory.create("hits", SharedLong.type()))
                    .withMessageContaining("openOrCreate");
            created.set(5);
            assertThat(memory.open("hits", SharedLong.type()).get()).isEqualTo(5);
            assertThat(memory.openOrCreate("hits", SharedLong.type()).get()).isEqualTo(5);
            assertThat(memory.find("hits", SharedLong.type()))
                    .get()
                    .extracting(SharedLong::get)
                    .isEqualTo(5L);
            assertThat(memory.objects()).singleElement().satisfies(info -> {
                assertThat(info.name()).isEqualTo("hits");
                assertThat(info.type()).isEqualTo("long");
                assertThat(info.openers()).isEqualTo(1);
                assertThat(info.destroyed()).isFalse();
            });
            assertThat(memory.destroy("hits")).isTrue();
            assertThat(memory.destroy("hits")).isFalse();
            assertThat(memory.find("hits", SharedLong.type())).isEmpty();
            assertThat(memory.verify()).isEmpty();
        }
    }

    @Test
    void aTypeMismatchNamesBothTypes() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            memory.create("hits", SharedLong.type());
            for (ThrowingCallable verb : new ThrowingCallable[] {
                () -> memory.open("hits", SharedBytes.type()),
                () -> memory.openOrCreate("hits", SharedBytes.type()),
                () -> memory.find("hits", SharedBytes.type())
            }) {
                assertThatExceptionOfType(ObjectTypeMismatchException.class)
                        .isThrownBy(verb)
                        .withMessageContaining("is a long")
                        .withMessageContaining("as a bytes");
            }
            assertThat(memory.deepStatistics().tentativeBytes()).isZero();
        }
    }

    @Test
    void aDestroyedObjectStaysUsableAndItsNameIsFree() {
        try (SharedMemory one = directory.segment("desk").create();
                SharedMemory two = directory.segment("desk").open()) {
            SharedBytes old = two.create("data", SharedBytes.type());
            old.set(new byte[5000]);
            assertThat(one.destroy("data")).isTrue();
            SharedInt fresh = one.create("data", SharedInt.type());
            fresh.set(3);
            assertThat(old.get()).hasSize(5000);
            old.set(new byte[] {1, 2, 3});
            assertThat(old.get()).containsExactly(1, 2, 3);
            assertThat(one.objects()).extracting(ObjectInfo::destroyed).containsExactlyInAnyOrder(true, false);
            old.close();
            assertThat(one.objects())
                    .singleElement()
                    .extracting(ObjectInfo::type)
                    .isEqualTo("int");
            assertThat(fresh.get()).isEqualTo(3);
        }
    }

    @Test
    void memoryOfADestroyedObjectComesBackWhenTheLastOpenerCloses() {
        try (SharedMemory one = directory.segment("desk").create();
                SharedMemory two = directory.segment("desk").open()) {
            long before = one.deepStatistics().usedBytes();
            SharedBytes first = one.create("data", SharedBytes.type());
            SharedBytes again = one.open("data", SharedBytes.type());
            SharedBytes other = two.open("data", SharedBytes.type());
            first.set(new byte[100_000]);
            one.destroy("data");
            first.close();
            other.close();
            assertThat(one.deepStatistics().usedBytes()).isGreaterThan(before + 100_000);
            assertThat(again.length()).isEqualTo(100_000);
            again.close();
            again.close();
            assertThat(one.deepStatistics().usedBytes()).isEqualTo(before);
            assertThat(one.verify()).isEmpty();
        }
    }

    @Test
    void closingASegmentClosesItsObjectsForThatAttachmentOnly() {
        try (SharedMemory one = directory.segment("desk").create()) {
            SharedBytes mine = one.create("data", SharedBytes.type());
            SharedMemory two = directory.segment("desk").open();
            SharedBytes theirs = two.open("data", SharedBytes.type());
            two.close();
            assertThat(theirs.isOpen()).isFalse();
            assertThatExceptionOfType(SegmentClosedException.class).isThrownBy(theirs::get);
            theirs.close();
            mine.set(new byte[3]);
            assertThat(mine.length()).isEqualTo(3);
            one.destroy("data");
            mine.close();
            assertThat(one.deepStatistics().usedBytes()).isZero();
        }
    }

    @Test
    void everyOperationAfterClosingSaysSo() {
        SharedMemory memory = directory.segment("desk").create();
        SharedLong hits = memory.create("hits", SharedLong.type());
        memory.close();
        memory.close();
        assertThat(memory.isOpen()).isFalse();
        assertThat(hits.isOpen()).isFalse();
        for (ThrowingCallable operation : new ThrowingCallable[] {
            hits::get,
            () -> hits.set(1),
            hits::incrementAndGet,
            memory::statistics,
            memory::deepStatistics,
            memory::verify,
            memory::objects,
            memory::peers,
            memory::self,
            memory::hashSeed,
            memory::reap,
            () -> memory.create("new", SharedLong.type()),
            () -> memory.open("hits", SharedLong.type()),
            () -> memory.openOrCreate("hits", SharedLong.type()),
            () -> memory.find("hits", SharedLong.type()),
            () -> memory.destroy("hits")
        }) {
            assertThatExceptionOfType(SegmentClosedException.class)
                    .isThrownBy(operation)
                    .withMessageContaining("closed by this process");
        }
        assertThat(memory).hasToString("SharedMemory[desk, " + memory.uuid() + ", PEER, closed]");
        assertThat(hits).hasToString("closed");
    }

    @Test
    void aClosedHandleSaysSoAndOthersOfTheSameObjectStayOpen() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedLong first = memory.create("hits", SharedLong.type());
            SharedLong second = memory.open("hits", SharedLong.type());
            first.close();
            assertThatExceptionOfType(SegmentClosedException.class)
                    .isThrownBy(first::get)
                    .withMessageContaining("handle to 'hits'");
            assertThat(second.incrementAndGet()).isEqualTo(1);
        }
    }

    @Test
    void aFullSegmentSaysWhatIsLeftAndRecovers() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            SharedBytes data = memory.create("data", SharedBytes.type());
            data.set(new byte[] {9});
            assertThatExceptionOfType(OutOfSharedMemoryException.class)
                    .isThrownBy(() -> data.set(new byte[2 << 20]))
                    .withMessageContaining("2097152")
                    .withMessageContaining("size(...)")
                    .satisfies(e -> assertThat(e.largestFree()).isBetween(1L, 1L << 20));
            assertThat(data.get()).containsExactly(9);
            List<String> names = new ArrayList<>();
            assertThatExceptionOfType(OutOfSharedMemoryException.class).isThrownBy(() -> {
                for (int i = 0; ; i++) {
                    memory.create("object" + i, SharedBytes.type()).set(new byte[20_000]);
                    names.add("object" + i);
                }
            });
            assertThat(names).hasSizeGreaterThan(10);
            assertThat(memory.verify()).isEmpty();
            names.forEach(memory::destroy);
            names.forEach(
                    name -> assertThat(memory.find(name, SharedBytes.type())).isEmpty());
            assertThat(data.get()).containsExactly(9);
        }
    }

    @Test
    void ofManyThatOpenOrCreateAtOnceOneCreates() throws Exception {
        int threads = 16;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < 20; round++) {
                CyclicBarrier start = new CyclicBarrier(threads);
                List<Future<SharedMemory>> opened = new ArrayList<>();
                AtomicInteger creators = new AtomicInteger();
                for (int i = 0; i < threads; i++) {
                    opened.add(pool.submit((Callable<SharedMemory>) () -> {
                        start.await();
                        SharedMemory memory =
                                directory.segment("desk").slots(threads).openOrCreate();
                        if (memory.openOrCreate("count", SharedLong.type()).incrementAndGet() == 1) {
                            creators.incrementAndGet();
                        }
                        return memory;
                    }));
                }
                Set<UUID> uuids = ConcurrentHashMap.newKeySet();
                List<SharedMemory> memories = new ArrayList<>();
                for (Future<SharedMemory> memory : opened) {
                    memories.add(memory.get());
                    uuids.add(memory.get().uuid());
                }
                assertThat(uuids).hasSize(1);
                assertThat(creators).hasValue(1);
                assertThat(memories.get(0).open("count", SharedLong.type()).get())
                        .isEqualTo(threads);
                assertThat(memories.get(0).verify()).isEmpty();
                memories.forEach(SharedMemory::close);
                assertThat(directory.files()).isEmpty();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void anInterruptedThreadOpensUsesAndClosesAndStaysInterrupted() {
        Thread.currentThread().interrupt();
        try (SharedMemory memory = directory.segment("desk").create();
                SharedMemory other = directory.segment("desk").open()) {
            memory.create("data", SharedBytes.type()).set(new byte[100]);
            assertThat(other.open("data", SharedBytes.type()).get()).hasSize(100);
            assertThat(memory.destroy("data")).isTrue();
            assertThat(memory.reap()).isZero();
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            assertThat(other.peers()).hasSize(2);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void locksSurviveThreadsThatAreInterruptedAgainAndAgain() throws InterruptedException {
        try (SharedMemory memory = directory.segment("desk").create();
                SharedMemory other = directory.segment("desk").open()) {
            SharedBytes data = memory.create("data", SharedBytes.type());
            SharedBytes same = other.open("data", SharedBytes.type());
            AtomicInteger failures = new AtomicInteger();
            List<Thread> threads = Stream.of(data, same, data, same)
                    .map(bytes -> new Thread(() -> {
                        for (int i = 0; i < 2_000; i++) {
                            try {
                                bytes.set(new byte[i % 100]);
                            } catch (RuntimeException e) {
                                failures.incrementAndGet();
                            }
                        }
                    }))
                    .toList();
            threads.forEach(Thread::start);
            while (threads.stream().anyMatch(Thread::isAlive)) {
                threads.forEach(Thread::interrupt);
                Thread.sleep(1);
            }
            assertThat(failures).hasValue(0);
            data.set(new byte[] {1});
            assertThat(same.get()).containsExactly(1);
            assertThat(memory.verify()).isEmpty();
        }
    }

    @Test
    void openingAndClosingLeavesNoDescriptorsOrThreadsBehind() throws IOException {
        try (SharedMemory stays = directory.segment("desk").create()) {
            directory.segment("desk").open().close();
            long descriptors = descriptors();
            for (int i = 0; i < 50; i++) {
                SharedMemory called = directory.segment("desk").open();
                SharedMemory caller = directory.segment("desk").open();
                await().until(() -> called.peers().size() == 3);
                called.close();
                caller.close();
            }
            await().untilAsserted(() -> {
                assertThat(descriptors()).isLessThan(descriptors + 20);
                assertThat(Thread.getAllStackTraces().keySet())
                        .filteredOn(thread -> thread.getName().equals("shm-housekeeping-desk"))
                        .hasSize(1);
            });
            assertThat(stays.peers()).hasSize(1);
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
