package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.shm.error.HashSeedMismatchException;
import dev.shm.error.InsufficientSpaceException;
import dev.shm.error.ObjectNotFoundException;
import dev.shm.error.SegmentAccessException;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.error.SegmentSizeMismatchException;
import dev.shm.error.TooManyPeersException;
import dev.shm.testing.TestDirectory;
import dev.shm.value.SharedLong;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked for and cannot be: an exception that says what can be, and nothing left behind. */
class BadArgumentsTest {

    @RegisterExtension
    final TestDirectory directory = new TestDirectory();

    @ParameterizedTest
    @CsvSource({
        "0, positive",
        "-1, positive",
        "-4096, positive",
        "1048577, nearest are 1048576 and 1052672",
        "1000, the next is 4096",
        "4096, minimum=",
        "65536, minimum=",
        "1099511631872, at most 1 TiB",
        "9223372036854771712, at most 1 TiB"
    })
    void refusesASizeThatCannotBe(long size, String advice) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> directory.segment("desk").size(size).create())
                .withMessageContaining("size")
                .withMessageContaining(advice);
        assertThat(directory.files()).isEmpty();
    }

    @Test
    void refusesASegmentLargerThanTheDiskAndNamesDockersLimit() throws IOException {
        long tooLarge = (Files.getFileStore(directory.path()).getTotalSpace() + (1L << 30)) & -4096;
        assertThatExceptionOfType(InsufficientSpaceException.class)
                .isThrownBy(() -> directory.segment("desk").size(tooLarge).openOrCreate())
                .withMessageContaining("64 MB")
                .withMessageContaining("--shm-size")
                .withMessageContaining("size(...)");
        assertThat(directory.files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1024, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void refusesSlotsThatCannotBe(int slots) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> directory.segment("desk").slots(slots).create())
                .withMessageContaining("between 1 and 1023");
        assertThat(directory.files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "a/b", "/a", "..", ".", "a.b", ".a", "-a", "_a", "a b", "a\n", "a\0", "käse", "日本", "a*", "~"
            })
    void refusesANameThatIsNone(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedMemory.named(name))
                .withMessageContaining("1 to 64 letters");
    }

    @Test
    void refusesANameOf200CharactersWithoutRepeatingAllOfIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SharedMemory.named("x".repeat(200)))
                .withMessageContaining("x…")
                .withMessageNotContaining("x".repeat(100));
    }

    @Test
    void takesANameOf64Characters() {
        assertThat(SharedMemory.named("x".repeat(64)).name()).hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n"})
    void refusesAnObjectWithoutAName(String name) {
        assertRefusesObjectName(name);
    }

    @Test
    void refusesAnObjectNameOf81Bytes() {
        assertRefusesObjectName("x".repeat(81));
        assertRefusesObjectName("ü".repeat(41));
    }

    private void assertRefusesObjectName(String name) {
        try (SharedMemory memory = directory.segment("desk").create()) {
            for (ThrowingCallable verb : new ThrowingCallable[] {
                () -> memory.create(name, SharedLong.type()),
                () -> memory.open(name, SharedLong.type()),
                () -> memory.openOrCreate(name, SharedLong.type())
            }) {
                assertThatIllegalArgumentException().isThrownBy(verb).withMessageContaining("1 to 80 bytes");
            }
            assertThat(memory.find(name, SharedLong.type())).isEmpty();
            assertThat(memory.destroy(name)).isFalse();
            assertThat(memory.objects()).isEmpty();
            assertThat(memory.deepStatistics().usedBytes()).isZero();
        }
    }

    @Test
    void takesAnObjectNameOf80Bytes() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            String name = "ü".repeat(40);
            assertThat(memory.create(name, SharedLong.type()).name()).isEqualTo(name);
            assertThat(memory.open(name, SharedLong.type()).name()).isEqualTo(name);
        }
    }

    @Test
    void refusesNullAtOnce() {
        SharedMemory.Builder builder = directory.segment("desk");
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> SharedMemory.named(null),
            () -> builder.directory(null),
            () -> builder.role(null),
            () -> builder.group(null),
            () -> builder.application(null),
            () -> builder.onStale(null),
            () -> builder.onCreatorLost(null),
            () -> builder.attachTimeout(null),
            () -> builder.closeGrace(null),
            () -> builder.listener(null),
            () -> builder.errorHandler(null),
            () -> SharedMemoryManager.builder().threadFactory(null),
            () -> SharedMemoryManager.builder().idleStrategy(null),
            () -> SharedMemoryManager.builder().listener(null),
            () -> SharedMemoryManager.builder().errorHandler(null)
        }) {
            assertThatNullPointerException().isThrownBy(call);
        }
    }

    @Test
    void refusesNullInVerbsAndIsUnharmed() {
        try (SharedMemory memory = directory.segment("desk").create()) {
            memory.create("hits", SharedLong.type());
            for (ThrowingCallable call : new ThrowingCallable[] {
                () -> memory.create(null, SharedLong.type()),
                () -> memory.open(null, SharedLong.type()),
                () -> memory.openOrCreate(null, SharedLong.type()),
                () -> memory.find(null, SharedLong.type()),
                () -> memory.destroy(null),
                () -> memory.create("new", null),
                () -> memory.open("hits", null),
                () -> memory.openOrCreate("new", null),
                () -> memory.openOrCreate("hits", null),
                () -> memory.find("hits", null),
                () -> memory.addListener(null)
            }) {
                assertThatNullPointerException().isThrownBy(call);
            }
            assertThat(memory.objects()).extracting(ObjectInfo::name).containsExactly("hits");
            assertThat(memory.open("hits", SharedLong.type()).incrementAndGet()).isEqualTo(1);
            assertThat(memory.verify()).isEmpty();
        }
    }

    @Test
    void refusesNegativeDurations() {
        SharedMemory.Builder builder = directory.segment("desk");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.attachTimeout(Duration.ofNanos(-1)))
                .withMessageContaining("attachTimeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.closeGrace(Duration.ofNanos(-1)))
                .withMessageContaining("closeGrace");
    }

    @Test
    void takesForeverForATimeout() {
        Duration forever = ChronoUnit.FOREVER.getDuration();
        try (SharedMemory creator = directory
                .segment("desk")
                .role(Role.CREATOR)
                .attachTimeout(forever)
                .closeGrace(forever)
                .create()) {
            assertThat(creator.isOpen()).isTrue();
        }
    }

    @Test
    void refusesAConsumerThatCreates() {
        assertThatIllegalStateException()
                .isThrownBy(() -> directory.segment("desk").role(Role.CONSUMER).create())
                .withMessageContaining("open()");
    }

    @Test
    void refusesOneProcessMoreThanThereAreSlots() {
        try (SharedMemory first = directory.segment("desk").slots(2).create();
                SharedMemory second = directory.segment("desk").open()) {
            assertThatExceptionOfType(TooManyPeersException.class)
                    .isThrownBy(() -> directory.segment("desk").open())
                    .withMessageContaining("2 process slots")
                    .withMessageContaining("slots(...)");
            second.close();
            try (SharedMemory third = directory.segment("desk").open()) {
                assertThat(third.peers()).hasSize(2);
            }
            assertThat(first.peers()).hasSize(1);
        }
    }

    @Test
    void storesAdoptsAndComparesTheHashSeed() {
        try (SharedMemory creator = directory.segment("desk").hashSeed(42).create()) {
            assertThat(creator.hashSeed()).isEqualTo(42);
            try (SharedMemory adopter = directory.segment("desk").open();
                    SharedMemory same = directory.segment("desk").hashSeed(42).open()) {
                assertThat(adopter.hashSeed()).isEqualTo(42);
                assertThat(same.hashSeed()).isEqualTo(42);
            }
            assertThatExceptionOfType(HashSeedMismatchException.class)
                    .isThrownBy(() -> directory.segment("desk").hashSeed(43).openOrCreate())
                    .withMessageContaining("42")
                    .withMessageContaining("43")
                    .withMessageContaining("hashSeed(...)");
            assertThat(creator.peers()).hasSize(1);
        }
    }

    @Test
    void drawsAHashSeedIfNoneIsGiven() {
        try (SharedMemory one = directory.segment("one").create();
                SharedMemory two = directory.segment("two").create()) {
            assertThat(one.hashSeed()).isNotEqualTo(two.hashSeed());
        }
    }

    @Test
    void refusesASegmentSmallerThanAskedFor() {
        try (SharedMemory small = directory.segment("desk").create()) {
            assertThatExceptionOfType(SegmentSizeMismatchException.class)
                    .isThrownBy(() -> directory.segment("desk").size(2 << 20).openOrCreate())
                    .withMessageContaining("1048576")
                    .withMessageContaining("2097152")
                    .withMessageContaining("size(...)");
            try (SharedMemory any =
                    SharedMemory.named("desk").directory(directory.path()).open()) {
                assertThat(any.size()).isEqualTo(small.size());
            }
        }
    }

    @Test
    void saysHowToMakeWhatIsMissing() {
        assertThatExceptionOfType(SegmentNotFoundException.class)
                .isThrownBy(() -> directory.segment("desk").open())
                .withMessageContaining("openOrCreate()");
        assertThatExceptionOfType(SegmentNotFoundException.class)
                .isThrownBy(() -> directory
                        .segment("desk")
                        .role(Role.CONSUMER)
                        .attachTimeout(Duration.ofMillis(20))
                        .open())
                .withMessageContaining("attachTimeout(...)");
        assertThat(directory.files()).isEmpty();
        try (SharedMemory memory = directory.segment("desk").create()) {
            assertThatExceptionOfType(ObjectNotFoundException.class)
                    .isThrownBy(() -> memory.open("hits", SharedLong.type()))
                    .withMessageContaining("hits")
                    .withMessageContaining("openOrCreate");
        }
    }

    @Test
    void refusesAGroupThatDoesNotExist() {
        assertThatExceptionOfType(SegmentAccessException.class)
                .isThrownBy(() -> directory
                        .segment("desk")
                        .directory(directory.path().resolve("shared"))
                        .group("no-such-group")
                        .create())
                .withMessageContaining("no-such-group")
                .withMessageContaining("group(...)");
        assertThat(directory.files()).isEmpty();
    }
}
