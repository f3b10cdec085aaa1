package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.World.Process;
import dev.shm.error.OutOfSharedMemoryException;
import dev.shm.error.StaleReferenceException;
import dev.shm.heap.BlockLayout;
import dev.shm.heap.HeapHints;
import dev.shm.heap.HeapStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Random calls by two processes against a list that knows what must be there. */
class HeapModelTest {

    enum Call {
        ALLOCATE,
        COMMIT,
        ENQUEUE,
        DEQUEUE,
        FREE,
        DIE
    }

    record Step(Call call, int process, int bytes, int which) {}

    /** A block as it must be. */
    private record Block(long reference, int owner, State state, byte[] content) {}

    private enum State {
        TENTATIVE,
        LIVE,
        QUEUED
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> bytes = Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.integers().between(0, 300)),
                Tuple.of(3, Arbitraries.integers().between(0, 9_000)),
                Tuple.of(1, Arbitraries.integers().between(0, 60_000)));
        Arbitrary<Call> calls = Arbitraries.frequency(
                Tuple.of(30, Call.ALLOCATE),
                Tuple.of(20, Call.COMMIT),
                Tuple.of(5, Call.ENQUEUE),
                Tuple.of(5, Call.DEQUEUE),
                Tuple.of(25, Call.FREE),
                Tuple.of(1, Call.DIE));
        return Combinators.combine(
                        calls,
                        Arbitraries.integers().between(0, 1),
                        bytes,
                        Arbitraries.integers().greaterOrEqual(0))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(400);
    }

    @Property(tries = 400)
    void behavesLikeAListOfBlocks(@ForAll("steps") List<Step> steps) {
        World world = World.ofBytes(512 * 1024);
        Process[] processes = {world.process(0), world.process(1)};
        Process bystander = world.process(World.SECOND_SURVIVOR);
        List<Block> blocks = new ArrayList<>();
        List<Long> gone = new ArrayList<>();
        for (Step step : steps) {
            Process process = processes[step.process()];
            if (step.call() == Call.ALLOCATE) {
                allocate(process, step, blocks, world);
            } else if (step.call() == Call.DIE) {
                die(world, process, bystander, blocks, gone);
                processes[step.process()] = world.process(step.process());
            } else if (!blocks.isEmpty()) {
                change(process, step.call(), step.which() % blocks.size(), blocks, gone);
            }
        }
        check(world, bystander, blocks, gone);
        for (Block block : blocks) {
            long reference =
                    block.state() == State.QUEUED ? processes[0].heap.dequeue(block.reference()) : block.reference();
            processes[block.state() == State.TENTATIVE ? block.owner() : 0].heap.free(reference);
        }
        assertThat(world.count().usedBytes()).isZero();
    }

    private static void allocate(Process process, Step step, List<Block> blocks, World world) {
        try {
            long reference = process.heap.allocate(step.bytes(), 0);
            byte[] content = new byte[step.bytes()];
            new Random(step.which()).nextBytes(content);
            process.memory.putBytes(BlockLayout.payload(reference), content, 0, content.length);
            blocks.add(new Block(reference, process.attachment.slot(), State.TENTATIVE, content));
        } catch (OutOfSharedMemoryException e) {
            assertThat(e.asked()).isEqualTo(step.bytes());
            assertThat(e.largestFree())
                    .as("a block of that size was there: %s", world.count())
                    .isLessThan(step.bytes());
        }
    }

    private static void die(World world, Process process, Process reaper, List<Block> blocks, List<Long> gone) {
        int slot = process.attachment.slot();
        process.memory.kill();
        world.kill(slot);
        reaper.reap();
        blocks.removeIf(block -> {
            boolean lost = block.state() == State.TENTATIVE && block.owner() == slot;
            if (lost) {
                gone.add(block.reference());
            }
            return lost;
        });
        world.revive(slot);
    }

    private static void change(Process process, Call call, int index, List<Block> blocks, List<Long> gone) {
        Block block = blocks.get(index);
        boolean mine = block.state() == State.TENTATIVE && block.owner() == process.attachment.slot();
        long reference = block.reference();
        switch (call) {
            case COMMIT -> {
                if (mine) {
                    process.heap.commit(reference);
                    blocks.set(index, new Block(reference, -1, State.LIVE, block.content()));
                } else {
                    assertThatThrownBy(() -> process.heap.commit(reference))
                            .isInstanceOf(StaleReferenceException.class);
                }
            }
            case ENQUEUE -> {
                if (mine) {
                    process.heap.enqueue(reference);
                    blocks.set(index, new Block(reference, -1, State.QUEUED, block.content()));
                } else {
                    assertThatThrownBy(() -> process.heap.enqueue(reference))
                            .isInstanceOf(StaleReferenceException.class);
                }
            }
            case DEQUEUE -> {
                if (block.state() == State.QUEUED) {
                    long taken = process.heap.dequeue(reference);
                    gone.add(reference);
                    blocks.set(index, new Block(taken, process.attachment.slot(), State.TENTATIVE, block.content()));
                } else {
                    assertThatThrownBy(() -> process.heap.dequeue(reference))
                            .isInstanceOf(StaleReferenceException.class);
                }
            }
            default -> {
                if (mine || block.state() == State.LIVE) {
                    process.heap.free(reference);
                    gone.add(reference);
                    blocks.remove(index);
                } else {
                    assertThatThrownBy(() -> process.heap.free(reference)).isInstanceOf(StaleReferenceException.class);
                }
            }
        }
    }

    private static void check(World world, Process bystander, List<Block> blocks, List<Long> gone) {
        assertThat(world.problems()).isEmpty();
        assertThat(HeapHints.disagreements(world.memory, world.layout)).isEmpty();
        HeapStatistics count = world.count();
        assertThat(count.usedBlocks()).isEqualTo(blocks.size());
        assertThat(count.freeBytes()
                        + count.liveBytes()
                        + count.queuedBytes()
                        + count.tentativeBytes()
                        + count.metaBytes())
                .isEqualTo(count.heapBytes());
        HeapStatistics fast = bystander.heap.statistics();
        assertThat(fast.freeBytes()).isEqualTo(count.freeBytes());
        assertThat(fast.usedBlocks()).isEqualTo(count.usedBlocks());
        assertThat(fast.largestFreeBlock()).isEqualTo(count.largestFreeBlock());
        for (Block block : blocks) {
            byte[] found = new byte[block.content().length];
            world.memory.getBytes(BlockLayout.payload(block.reference()), found, 0, found.length);
            assertThat(Arrays.equals(found, block.content())).isTrue();
        }
        for (long reference : gone) {
            assertThatThrownBy(() -> bystander.heap.free(reference)).isInstanceOf(StaleReferenceException.class);
        }
    }
}
