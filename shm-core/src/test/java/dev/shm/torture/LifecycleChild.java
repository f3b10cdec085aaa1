package dev.shm.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.OnStale;
import dev.shm.Role;
import dev.shm.SharedMemory;
import dev.shm.error.SegmentClosedException;
import dev.shm.error.SegmentInUseException;
import dev.shm.error.SegmentNotFoundException;
import dev.shm.testing.ChildJvm;
import dev.shm.value.SharedLong;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;

/** Opens and closes segments in every role, over and over, until it is killed. */
public final class LifecycleChild {

    static final String OF_PEERS = "of-peers";
    static final String OF_A_CREATOR = "of-a-creator";
    static final int SIZE = 1 << 20;

    private static final int FAILED = 70;

    private final Path directory;
    private final SplittableRandom random;

    private LifecycleChild(Path directory, SplittableRandom random) {
        this.directory = directory;
        this.random = random;
    }

    /** Arguments: directory of segments, log file, seed. */
    public static void main(String[] arguments) {
        ChildJvm.dieWithParent();
        SeatLog.ThreadLog log = SeatLog.open(Path.of(arguments[1])).thread(0);
        LifecycleChild child =
                new LifecycleChild(Path.of(arguments[0]), new SplittableRandom(Long.parseLong(arguments[2])));
        try {
            for (; ; ) {
                child.comeAndGo();
                log.complete();
            }
        } catch (RuntimeException | Error e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private void comeAndGo() {
        switch (random.nextInt(4)) {
            case 0 -> asCreator();
            case 1 -> asConsumer();
            default -> asPeer();
        }
    }

    private SharedMemory.Builder segment(String name, Role role) {
        return SharedMemory.named(name)
                .directory(directory)
                .size(SIZE)
                .role(role)
                .closeGrace(Duration.ZERO);
    }

    /** Nothing that others do, and no death, makes a peer fail. */
    private void asPeer() {
        try (SharedMemory memory = segment(OF_PEERS, Role.PEER).openOrCreate()) {
            use(memory);
        }
    }

    private void asCreator() {
        OnStale stale = random.nextBoolean() ? OnStale.RECREATE : OnStale.ADOPT;
        try (SharedMemory memory =
                segment(OF_A_CREATOR, Role.CREATOR).onStale(stale).openOrCreate()) {
            use(memory);
        } catch (SegmentInUseException e) {
            // There is one.
        }
    }

    private void asConsumer() {
        try (SharedMemory memory = segment(OF_A_CREATOR, Role.CONSUMER)
                .attachTimeout(Duration.ofMillis(random.nextInt(50)))
                .open()) {
            use(memory);
        } catch (SegmentNotFoundException e) {
            // There is no creator.
        } catch (SegmentInUseException e) {
            // Others are deciding what becomes of the name, for longer than this one waits.
        } catch (SegmentClosedException e) {
            // The creator ended it meanwhile.
        }
    }

    private void use(SharedMemory memory) {
        try (SharedLong hits = memory.openOrCreate("hits", SharedLong.type())) {
            hits.incrementAndGet();
        }
        if (random.nextInt(4) == 0) {
            assertThat(memory.verify()).isEmpty();
        }
    }
}
