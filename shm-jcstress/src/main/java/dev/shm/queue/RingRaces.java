package dev.shm.queue;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import dev.shm.memory.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Each race over the words of a ring, on two mappings of one file. What is not listed as an outcome is forbidden. */
public class RingRaces {

    private static final int NONE = -1;

    private RingRaces() {}

    /** Two producers claim: each gets a record of its own, one behind the other. */
    @JCStressTest
    @Outcome(
            id = {"0, 1", "1, 0"},
            expect = ACCEPTABLE,
            desc = "one behind the other")
    @State
    public static class ClaimVersusClaim {

        private final Arena arena = new Arena(0);
        private final SlotRing mine = arena.slots(arena.mine, Arena.MINE);
        private final SlotRing theirs = arena.slots(arena.theirs, Arena.THEIRS);
        private final long start = mine.head();

        @Actor
        public void mine(II_Result result) {
            result.r1 = (int) (mine.claim(1) - start);
        }

        @Actor
        public void theirs(II_Result result) {
            result.r2 = (int) (theirs.claim(1) - start);
        }
    }

    /** A record is committed while a consumer looks: it gets all of it or nothing. */
    @JCStressTest
    @Outcome(id = "-1", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "42", expect = ACCEPTABLE, desc = "taken")
    @State
    public static class CommitVersusTake {

        private final Arena arena = new Arena(0);
        private final SlotRing mine = arena.slots(arena.mine, Arena.MINE);
        private final SlotRing theirs = arena.slots(arena.theirs, Arena.THEIRS);

        @Actor
        public void producer() {
            Arena.send(arena.mine, mine, 0, 42);
        }

        @Actor
        public void consumer(I_Result result) {
            SlotRing.Taken taken = new SlotRing.Taken();
            result.r1 = theirs.take(CompetingInbox.NO_LEASES, false, taken)
                    ? (int) Arena.body(arena.theirs, theirs, taken.position)
                    : NONE;
        }
    }

    /** Several records are committed at once while a consumer looks: it gets the first of them or nothing, and then the others. */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "-1, 41", expect = ACCEPTABLE, desc = "there when it looked again")
    @Outcome(id = "41, 42", expect = ACCEPTABLE, desc = "both taken")
    @State
    public static class CommitOfABatchVersusTake {

        private final Arena arena = new Arena(0);
        private final SlotRing mine = arena.slots(arena.mine, Arena.MINE);
        private final SlotRing theirs = arena.slots(arena.theirs, Arena.THEIRS);

        @Actor
        public void producer() {
            long position = mine.claim(2);
            for (int i = 0; i < 2; i++) {
                long address = mine.address(position + i);
                arena.mine.putLong(address, RecordLayout.word(Long.BYTES, 0, 0));
                arena.mine.putLong(address + RecordLayout.WORD_BYTES, 41 + i);
            }
            mine.commitBatch(position, new int[] {1, 1}, 2, 2);
        }

        @Actor
        public void consumer(II_Result result) {
            result.r1 = take();
            result.r2 = take();
        }

        private int take() {
            SlotRing.Taken taken = new SlotRing.Taken();
            return theirs.take(CompetingInbox.NO_LEASES, false, taken)
                    ? (int) Arena.body(arena.theirs, theirs, taken.position)
                    : NONE;
        }
    }

    /** Two consumers want the only message: one gets it. */
    @JCStressTest
    @Outcome(
            id = {"42, -1", "-1, 42"},
            expect = ACCEPTABLE,
            desc = "one has it")
    @State
    public static class TakeVersusTake {

        private final Arena arena = new Arena(0);
        private final SlotRing mine = arena.slots(arena.mine, Arena.MINE);
        private final SlotRing theirs = arena.slots(arena.theirs, Arena.THEIRS);

        public TakeVersusTake() {
            Arena.send(arena.mine, mine, 0, 42);
        }

        @Actor
        public void mine(II_Result result) {
            result.r1 = take(arena.mine, mine);
        }

        @Actor
        public void theirs(II_Result result) {
            result.r2 = take(arena.theirs, theirs);
        }

        private static int take(Memory memory, SlotRing ring) {
            SlotRing.Taken taken = new SlotRing.Taken();
            return ring.take(CompetingInbox.NO_LEASES, false, taken)
                    ? (int) Arena.body(memory, ring, taken.position)
                    : NONE;
        }
    }

    /** A consumer acknowledges the oldest while a producer drops the oldest: two messages go, and the head moves over both. */
    @JCStressTest
    @Outcome(
            id = {"41, 42, 2", "42, 41, 2"},
            expect = ACCEPTABLE,
            desc = "each ended one, and both are done")
    @State
    public static class AcknowledgeVersusDropOldest {

        private final Arena arena = new Arena(0);
        private final SlotRing mine = arena.slots(arena.mine, Arena.MINE);
        private final SlotRing theirs = arena.slots(arena.theirs, Arena.THEIRS);
        private final long start = mine.head();

        public AcknowledgeVersusDropOldest() {
            Arena.send(arena.mine, mine, 0, 41);
            Arena.send(arena.mine, mine, 0, 42);
        }

        @Actor
        public void consumer(III_Result result) {
            result.r1 = end(arena.mine, mine);
        }

        @Actor
        public void producer(III_Result result) {
            result.r2 = end(arena.theirs, theirs);
        }

        @Arbiter
        public void after(III_Result result) {
            result.r3 = (int) (mine.advance() - start);
        }

        private static int end(Memory memory, SlotRing ring) {
            SlotRing.Taken taken = new SlotRing.Taken();
            if (!ring.take(CompetingInbox.NO_LEASES, false, taken)) {
                return NONE;
            }
            int body = (int) Arena.body(memory, ring, taken.position);
            ring.done(taken.position, taken.word);
            ring.advance();
            return body;
        }
    }

    /** The store of a dense ring's tail while the consumer drains: it reads whole messages from the first on. */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "41, -1", expect = ACCEPTABLE, desc = "the first")
    @Outcome(id = "41, 42", expect = ACCEPTABLE, desc = "both")
    @State
    public static class DenseTailVersusDrain {

        private final Arena arena = new Arena(QueueLayout.DENSE | QueueLayout.BY_CURSOR);
        private final DenseRing mine = arena.dense(arena.mine, arena.cursors(arena.mine, reference -> {}));
        private final DenseRing theirs = arena.dense(arena.theirs, arena.cursors(arena.theirs, reference -> {}));
        private final long start = mine.head();

        public DenseTailVersusDrain() {
            mine.resume();
        }

        @Actor
        public void producer() {
            Arena.send(arena.mine, mine, 0, 41);
            Arena.send(arena.mine, mine, 0, 42);
        }

        @Actor
        public void consumer(II_Result result) {
            result.r1 = NONE;
            result.r2 = NONE;
            long limit = theirs.limit(start);
            if (start < limit) {
                result.r1 = (int) Arena.body(arena.theirs, theirs, start);
                long next = start + theirs.span(start);
                if (next < limit) {
                    result.r2 = (int) Arena.body(arena.theirs, theirs, next);
                }
            }
        }
    }

    /** A queue, one who is about to sleep until there is a message in it, and one who sends. */
    private static final class Bedroom {

        final Arena arena = new Arena(0);
        final SlotRing mine = arena.slots(arena.mine, Arena.MINE);
        final SlotRing theirs = arena.slots(arena.theirs, Arena.THEIRS);
        final Waiter sender = arena.waiter(arena.mine, Arena.MINE);
        final Waiter sleeper = arena.waiter(arena.theirs, Arena.THEIRS);

        /** Somebody slept and was rung for, so from now on there is the mark. */
        Bedroom marked() {
            sleeper.announce();
            sender.tell();
            return this;
        }

        /** And since then so many messages were sent that the next one takes the mark away. */
        Bedroom calm() {
            marked();
            for (int i = 1; i < Waiter.CALM; i++) {
                sender.tell();
            }
            return this;
        }

        /** Somebody slept once, and the mark has gone since. */
        Bedroom unmarked() {
            calm();
            sender.tell();
            return this;
        }

        void send() {
            Arena.send(arena.mine, mine, 0, 42);
            sender.tell();
        }

        boolean sees() {
            return theirs.hasMessage(CompetingInbox.NO_LEASES);
        }

        /** Whether the sleeper was rung for: who rings takes its bit. */
        boolean isRung() {
            return !arena.isAnnounced(Arena.THEIRS);
        }
    }

    /**
     * A receiver says that it is about to sleep while a sender commits, and there is the mark that asks for a fence: it sees the
     * message, or is rung for, or both.
     */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "saw it")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "is woken")
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both")
    @State
    public static class AnnounceVersusTell {

        private final Bedroom room = new Bedroom().marked();

        @Actor
        public void sleeper(ZZ_Result result) {
            room.sleeper.announce();
            result.r1 = room.sees();
        }

        @Actor
        public void sender() {
            room.send();
        }

        @Arbiter
        public void after(ZZ_Result result) {
            result.r2 = room.isRung();
        }
    }

    /** The same where this message is the one that takes the mark away. */
    @JCStressTest
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "saw it")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "is woken")
    @Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both")
    @State
    public static class AnnounceVersusTheEndOfTheMark {

        private final Bedroom room = new Bedroom().calm();

        @Actor
        public void sleeper(ZZ_Result result) {
            room.sleeper.announce();
            result.r1 = room.sees();
        }

        @Actor
        public void sender() {
            room.send();
        }

        @Arbiter
        public void after(ZZ_Result result) {
            result.r2 = room.isRung();
        }
    }

    /**
     * The same where there is no mark: who sets it may miss the message and not be rung for. But then it is told to look again soon, and
     * sees the message.
     */
    @JCStressTest
    @Outcome(
            id = {"false, true, false, true", "false, false, true, true", "false, true, true, true"},
            expect = ACCEPTABLE,
            desc = "told")
    @Outcome(
            id = "false, false, false, true",
            expect = ACCEPTABLE_INTERESTING,
            desc = "not told, and sees it when it looks again")
    @State
    public static class AnnounceAnewVersusTell {

        private final Bedroom room = new Bedroom().unmarked();

        @Actor
        public void sleeper(ZZZZ_Result result) {
            result.r1 = room.sleeper.announce();
            result.r2 = room.sees();
        }

        @Actor
        public void sender() {
            room.send();
        }

        @Arbiter
        public void after(ZZZZ_Result result) {
            result.r3 = room.isRung();
            result.r4 = room.sees();
        }
    }

    /**
     * A receiver says that it is about to sleep while one sender commits and another, who has nothing new, takes the mark away: if
     * it neither sees the message nor is rung for, it is told to look again soon.
     */
    @JCStressTest
    @Outcome(
            id = {
                "false, true, false",
                "false, false, true",
                "false, true, true",
                "true, true, false",
                "true, false, true",
                "true, true, true"
            },
            expect = ACCEPTABLE,
            desc = "told")
    @Outcome(id = "false, false, false", expect = ACCEPTABLE_INTERESTING, desc = "not told, and looks again soon")
    @State
    public static class AnnounceVersusTellVersusTheEndOfTheMark {

        private final Bedroom room = new Bedroom().calm();
        private final Waiter other = room.arena.waiter(room.arena.mine, Arena.MINE);

        @Actor
        public void sleeper(ZZZ_Result result) {
            result.r1 = room.sleeper.announce();
            result.r2 = room.sees();
        }

        @Actor
        public void sender() {
            Arena.send(room.arena.mine, room.mine, 0, 42);
            other.tell();
        }

        @Actor
        public void another() {
            room.sender.tell();
        }

        @Arbiter
        public void after(ZZZ_Result result) {
            result.r3 = room.isRung();
        }
    }

    /** Somebody subscribes while a sender makes room: the new cursor is not behind the head. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "2, 2", "1, 1"},
            expect = ACCEPTABLE,
            desc = "where the head is")
    @Outcome(
            id = {"1, 0", "2, 0", "2, 1"},
            expect = ACCEPTABLE,
            desc = "before it")
    @State
    public static class JoinVersusAdvance {

        private final Arena arena = new Arena(QueueLayout.TOPIC | QueueLayout.BY_CURSOR);
        private final Cursors mine = arena.cursors(arena.mine, reference -> {});
        private final Cursors theirs = arena.cursors(arena.theirs, reference -> {});
        private final SlotRing ring = arena.slots(arena.mine, Arena.MINE, mine);
        private final SlotRing ringOfTheirs = arena.slots(arena.theirs, Arena.THEIRS, theirs);
        private final long start = ring.head();

        public JoinVersusAdvance() {
            Arena.send(arena.mine, ring, 0, 41);
            Arena.send(arena.mine, ring, 0, 42);
        }

        @Actor
        public void sender() {
            mine.reclaim(ring, start + 2);
        }

        @Actor
        public void subscriber() {
            theirs.join(ringOfTheirs, "", Arena.THEIRS, 1, true);
        }

        @Arbiter
        public void after(II_Result result) {
            result.r1 = (int) (theirs.position(0) - start);
            result.r2 = (int) (ring.head() - start);
        }
    }

    /** Somebody subscribes while a sender frees the block of the oldest message: that one is not delivered to the new subscriber. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "came in time")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "came too late, or begins behind it")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "begins behind it, though it was not freed in the end")
    @State
    public static class JoinVersusFree {

        private final Arena arena = new Arena(QueueLayout.TOPIC | QueueLayout.BY_CURSOR);
        private boolean freed;
        private final Cursors mine = arena.cursors(arena.mine, reference -> freed = true);
        private final Cursors theirs = arena.cursors(arena.theirs, reference -> {});
        private final SlotRing ring = arena.slots(arena.mine, Arena.MINE, mine);
        private final SlotRing ringOfTheirs = arena.slots(arena.theirs, Arena.THEIRS, theirs);
        private final long start = ring.head();

        public JoinVersusFree() {
            Arena.send(arena.mine, ring, RecordLayout.BY_REFERENCE, 42);
        }

        @Actor
        public void sender() {
            mine.reclaim(ring, start + 1);
        }

        @Actor
        public void subscriber() {
            theirs.join(ringOfTheirs, "", Arena.THEIRS, 1, true);
        }

        @Arbiter
        public void after(II_Result result) {
            result.r1 = theirs.position(0) == start ? 1 : 0;
            result.r2 = freed ? 1 : 0;
        }
    }
}
