package dev.shm.objects;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.shm.codec.ElementType;
import dev.shm.codec.NdArray;
import dev.shm.collection.SharedDeque;
import dev.shm.collection.SharedList;
import dev.shm.objects.Twins.Twin;
import dev.shm.value.SharedVector;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/** Races of two processes on one list, deque or vector. What is not listed as an outcome is forbidden. */
public class ListRaces {

    private ListRaces() {}

    /** A list of texts. */
    private abstract static class Texts {

        private static final Twins<SharedList<String>> TWINS = new Twins<>(SharedList.of(String.class));

        final Twin<SharedList<String>> list = TWINS.next();

        Texts(String... elements) {
            list.mine().clear();
            list.mine().addAll(List.of(elements));
        }
    }

    /** An element with a block is replaced again and again while somebody reads it, so that blocks are used again. */
    @JCStressTest
    @Outcome(id = "a", expect = ACCEPTABLE, desc = "before")
    @Outcome(
            id = {"b", "ab", "bc", "ac", "abc"},
            expect = ACCEPTABLE,
            desc = "between")
    @Outcome(id = "c", expect = ACCEPTABLE, desc = "after")
    @State
    public static class SetVersusGet extends Texts {

        public SetVersusGet() {
            super(Text.LARGE_A);
        }

        @Actor
        public void writer() {
            Text.alternate(Text.LARGE_B, Text.LARGE_C, value -> list.mine().set(0, value));
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = Text.letters(() -> list.theirs().get(0));
        }
    }

    /** Two add at the end: both are there. */
    @JCStressTest
    @Outcome(id = "mine theirs", expect = ACCEPTABLE, desc = "mine first")
    @Outcome(id = "theirs mine", expect = ACCEPTABLE, desc = "theirs first")
    @State
    public static class AddVersusAdd extends Texts {

        @Actor
        public void mine() {
            list.mine().add("mine");
        }

        @Actor
        public void theirs() {
            list.theirs().add("theirs");
        }

        @Arbiter
        public void after(L_Result result) {
            result.r1 = Text.of(list.theirs().snapshot());
        }
    }

    /** Several come at once, before what is there: a look at one moment shows all of them or none. */
    @JCStressTest
    @Outcome(id = "x y", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "a b c x y", expect = ACCEPTABLE, desc = "after")
    @State
    public static class AddAllVersusSnapshot extends Texts {

        public AddAllVersusSnapshot() {
            super("x", "y");
        }

        @Actor
        public void writer() {
            list.mine().addAll(0, List.of("a", "b", "c"));
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = Text.of(list.theirs().snapshot());
        }
    }

    /** Two elements change places: a look at one moment finds each of them once. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "after")
    @State
    public static class SwapVersusIndexOf extends Texts {

        public SwapVersusIndexOf() {
            super("x", Text.LARGE_A);
        }

        @Actor
        public void writer() {
            list.mine().swap(0, 1);
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = list.theirs().indexOf("x");
        }
    }

    /** One takes the last element while the other replaces it. */
    @JCStressTest
    @Outcome(id = "b, true, nothing", expect = ACCEPTABLE, desc = "replaced, then removed")
    @Outcome(id = "a, false, nothing", expect = ACCEPTABLE, desc = "removed, and there was none")
    @State
    public static class RemoveVersusCompareAndSet extends Texts {

        public RemoveVersusCompareAndSet() {
            super(Text.LARGE_A);
        }

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = Text.letter(list.mine().remove(0));
        }

        @Actor
        public void theirs(LLL_Result result) {
            try {
                result.r2 = list.theirs().compareAndSet(0, Text.LARGE_A, Text.LARGE_B);
            } catch (IndexOutOfBoundsException e) {
                result.r2 = false;
            }
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = Text.of(list.theirs().snapshot());
        }
    }

    /** A deque of texts. */
    private abstract static class Ends {

        private static final Twins<SharedDeque<String>> TWINS = new Twins<>(SharedDeque.of(String.class));

        final Twin<SharedDeque<String>> deque = TWINS.next();

        Ends(String... elements) {
            deque.mine().clear();
            deque.mine().addAll(List.of(elements));
        }
    }

    /** Two take the only element, one at each end: one of them has it. */
    @JCStressTest
    @Outcome(id = "a, -, nothing", expect = ACCEPTABLE, desc = "at the front")
    @Outcome(id = "-, a, nothing", expect = ACCEPTABLE, desc = "at the back")
    @State
    public static class PollFirstVersusPollLast extends Ends {

        public PollFirstVersusPollLast() {
            super(Text.LARGE_A);
        }

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = Text.letter(deque.mine().pollFirst());
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = Text.letter(deque.theirs().pollLast());
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = Text.of(deque.theirs().snapshot());
        }
    }

    /** Two take at the same end: each element once. */
    @JCStressTest
    @Outcome(id = "a, b, c", expect = ACCEPTABLE, desc = "mine first")
    @Outcome(id = "b, a, c", expect = ACCEPTABLE, desc = "theirs first")
    @State
    public static class PollVersusPoll extends Ends {

        public PollVersusPoll() {
            super("a", Text.LARGE_B, "c");
        }

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = Text.letter(deque.mine().poll());
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = Text.letter(deque.theirs().poll());
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = Text.of(deque.theirs().snapshot());
        }
    }

    /** One brings an element while the other takes one: it is taken or there, and not both. */
    @JCStressTest
    @Outcome(id = "-, b", expect = ACCEPTABLE, desc = "came too early")
    @Outcome(id = "b, nothing", expect = ACCEPTABLE, desc = "has it")
    @State
    public static class OfferFirstVersusPollLast extends Ends {

        @Actor
        public void producer() {
            deque.mine().offerFirst("b");
        }

        @Actor
        public void consumer(LL_Result result) {
            result.r1 = Text.letter(deque.theirs().pollLast());
        }

        @Arbiter
        public void after(LL_Result result) {
            result.r2 = Text.of(deque.theirs().snapshot());
        }
    }

    /** Both bring one to the same end: both are there. */
    @JCStressTest
    @Outcome(id = "x mine theirs", expect = ACCEPTABLE, desc = "mine first")
    @Outcome(id = "x theirs mine", expect = ACCEPTABLE, desc = "theirs first")
    @State
    public static class OfferVersusOffer extends Ends {

        public OfferVersusOffer() {
            super("x");
        }

        @Actor
        public void mine() {
            deque.mine().offerLast("mine");
        }

        @Actor
        public void theirs() {
            deque.theirs().offerLast("theirs");
        }

        @Arbiter
        public void after(L_Result result) {
            result.r1 = Text.of(deque.theirs().snapshot());
        }
    }

    /** A vector of numbers. */
    private abstract static class Numbers {

        private static final Twins<SharedVector> TWINS = new Twins<>(SharedVector.of(ElementType.INT64));

        final Twin<SharedVector> vector = TWINS.next();

        Numbers(long... elements) {
            vector.mine().clear();
            vector.mine().extend(elements);
        }

        static String elements(SharedVector vector) {
            NdArray copy = vector.toNdArray();
            return Text.of(
                    IntStream.range(0, copy.length()).mapToObj(copy::getLong).toList());
        }
    }

    /** Two append: both are there. */
    @JCStressTest
    @Outcome(id = "1 2 3", expect = ACCEPTABLE, desc = "mine first")
    @Outcome(id = "1 3 2", expect = ACCEPTABLE, desc = "theirs first")
    @State
    public static class AppendVersusAppend extends Numbers {

        public AppendVersusAppend() {
            super(1);
        }

        @Actor
        public void mine() {
            vector.mine().append(2L);
        }

        @Actor
        public void theirs() {
            vector.theirs().append(3L);
        }

        @Arbiter
        public void after(L_Result result) {
            result.r1 = elements(vector.theirs());
        }
    }

    /** All of it is turned round: a look at one moment shows it before or after. */
    @JCStressTest
    @Outcome(id = "8 9", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "9 8", expect = ACCEPTABLE, desc = "after")
    @State
    public static class ReverseVersusCopy extends Numbers {

        public ReverseVersusCopy() {
            super(8, 9);
        }

        @Actor
        public void writer() {
            vector.mine().reverse();
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = elements(vector.theirs());
        }
    }
}
