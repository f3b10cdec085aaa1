package dev.shm.objects;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.shm.collection.SharedMap;
import dev.shm.collection.SharedSet;
import dev.shm.objects.Twins.Twin;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** Races of two processes on one map or set. What is not listed as an outcome is forbidden. */
public class MapRaces {

    private MapRaces() {}

    /** A map of texts, with one entry. */
    private abstract static class Texts {

        private static final Twins<SharedMap<String, String>> TWINS =
                new Twins<>(SharedMap.of(String.class, String.class));

        final Twin<SharedMap<String, String>> map = TWINS.next();

        Texts(String value) {
            map.mine().clear();
            map.mine().put("key", value);
        }
    }

    /** A map of numbers. */
    private abstract static class Numbers {

        private static final Twins<SharedMap<String, Integer>> TWINS =
                new Twins<>(SharedMap.of(String.class, Integer.class));

        final Twin<SharedMap<String, Integer>> map = TWINS.next();

        Numbers() {
            map.mine().clear();
        }

        Numbers(int value) {
            this();
            map.mine().put("key", value);
        }
    }

    /** A value of two words is replaced again and again while somebody reads it: one or the other. */
    @JCStressTest
    @Outcome(id = "a", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "b", expect = ACCEPTABLE, desc = "between, or after")
    @Outcome(id = "ab", expect = ACCEPTABLE, desc = "both, one after the other")
    @State
    public static class PutVersusGet extends Texts {

        public PutVersusGet() {
            super(Text.SMALL_A);
        }

        @Actor
        public void writer() {
            Text.alternate(Text.SMALL_A, Text.SMALL_B, value -> map.mine().put("key", value));
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = Text.letters(() -> map.theirs().get("key"));
        }
    }

    /**
     * A value with a block is replaced again and again while somebody reads it, so that blocks are used again: one of the three, and never what was put into the block of another one.
     */
    @JCStressTest
    @Outcome(id = "a", expect = ACCEPTABLE, desc = "before")
    @Outcome(
            id = {"b", "ab", "bc", "ac", "abc"},
            expect = ACCEPTABLE,
            desc = "between")
    @Outcome(id = "c", expect = ACCEPTABLE, desc = "after")
    @State
    public static class PutOfBlocksVersusGet extends Texts {

        public PutOfBlocksVersusGet() {
            super(Text.LARGE_A);
        }

        @Actor
        public void writer() {
            Text.alternate(Text.LARGE_B, Text.LARGE_C, value -> map.mine().put("key", value));
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = Text.letters(() -> map.theirs().get("key"));
        }
    }

    /** A small value becomes a large one and the other way round: the words of the one are never read as those of the other. */
    @JCStressTest
    @Outcome(
            id = {"a, a", "a, b", "b, b"},
            expect = ACCEPTABLE,
            desc = "no later one before an earlier one")
    @Outcome(
            id = {"a, c", "b, c", "c, c"},
            expect = ACCEPTABLE,
            desc = "with the last one")
    @State
    public static class PutOfAnotherSizeVersusGets extends Texts {

        public PutOfAnotherSizeVersusGets() {
            super(Text.SMALL_A);
        }

        @Actor
        public void writer() {
            map.mine().put("key", Text.LARGE_B);
            map.mine().put("key", "c");
        }

        @Actor
        public void reader(LL_Result result) {
            result.r1 = Text.letter(map.theirs().get("key"));
            result.r2 = Text.letter(map.theirs().get("key"));
        }
    }

    /** An entry with a block is removed while somebody reads it. */
    @JCStressTest
    @Outcome(id = "a, a", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "a, -", expect = ACCEPTABLE, desc = "after")
    @State
    public static class RemoveVersusGet extends Texts {

        public RemoveVersusGet() {
            super(Text.LARGE_A);
        }

        @Actor
        public void writer(LL_Result result) {
            result.r1 = Text.letter(map.mine().remove("key"));
        }

        @Actor
        public void reader(LL_Result result) {
            result.r2 = Text.letter(map.theirs().get("key"));
        }
    }

    /** Two put what is not there: one of them does. */
    @JCStressTest
    @Outcome(id = "-, a, a", expect = ACCEPTABLE, desc = "mine")
    @Outcome(id = "b, -, b", expect = ACCEPTABLE, desc = "theirs")
    @State
    public static class PutIfAbsentVersusPutIfAbsent extends Texts {

        public PutIfAbsentVersusPutIfAbsent() {
            super("?");
        }

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = Text.letter(map.mine().putIfAbsent("new", Text.LARGE_A));
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = Text.letter(map.theirs().putIfAbsent("new", Text.LARGE_B));
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = Text.letter(map.theirs().get("new"));
        }
    }

    /** Two count: both count. */
    @JCStressTest
    @Outcome(
            id = {"1, 2, 2", "2, 1, 2"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @State
    public static class MergeVersusMerge extends Numbers {

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = map.mine().merge("key", 1, Integer::sum);
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = map.theirs().merge("key", 1, Integer::sum);
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = map.mine().get("key");
        }
    }

    /** One computes a value while the other takes it out. */
    @JCStressTest
    @Outcome(id = "11, 11, null", expect = ACCEPTABLE, desc = "computed, then removed")
    @Outcome(id = "1, 10, 1", expect = ACCEPTABLE, desc = "removed, then computed from nothing")
    @State
    public static class ComputeVersusRemove extends Numbers {

        public ComputeVersusRemove() {
            super(10);
        }

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = map.mine().compute("key", (key, value) -> value == null ? 1 : value + 1);
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = map.theirs().remove("key");
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = map.theirs().get("key");
        }
    }

    /** Two replace what they know: one of them does. */
    @JCStressTest
    @Outcome(id = "true, false, 2", expect = ACCEPTABLE, desc = "mine")
    @Outcome(id = "false, true, 3", expect = ACCEPTABLE, desc = "theirs")
    @State
    public static class ReplaceVersusReplace extends Numbers {

        public ReplaceVersusReplace() {
            super(1);
        }

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = map.mine().replace("key", 1, 2);
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = map.theirs().replace("key", 1, 3);
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = map.theirs().get("key");
        }
    }

    /** The table of each shard is made anew while somebody reads: what was there is there all the time. */
    @JCStressTest
    @Outcome(id = "5, null", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "5, 199", expect = ACCEPTABLE, desc = "after")
    @State
    public static class GrowthVersusGet extends Numbers {

        private static final int MANY = 200;

        public GrowthVersusGet() {
            super(5);
        }

        @Actor
        public void writer() {
            for (int i = 0; i < MANY; i++) {
                map.mine().set("n" + i, i);
            }
        }

        @Actor
        public void reader(LL_Result result) {
            // In this order: it may come in between.
            result.r1 = map.theirs().get("key");
            result.r2 = map.theirs().get("n" + (MANY - 1));
        }
    }

    private abstract static class Elements {

        private static final Twins<SharedSet<String>> TWINS = new Twins<>(SharedSet.of(String.class));

        final Twin<SharedSet<String>> set = TWINS.next();

        Elements() {
            set.mine().clear();
        }
    }

    /** Two add the same element: one of them does, and it is there once. */
    @JCStressTest
    @Outcome(
            id = {"true, false, 1", "false, true, 1"},
            expect = ACCEPTABLE,
            desc = "one")
    @State
    public static class AddVersusAdd extends Elements {

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = set.mine().add(Text.LARGE_A);
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = set.theirs().add(Text.LARGE_A);
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = set.theirs().snapshot().size();
        }
    }

    /** One adds an element while the other takes it out. */
    @JCStressTest
    @Outcome(id = "true, true, false", expect = ACCEPTABLE, desc = "added, then removed")
    @Outcome(id = "true, false, true", expect = ACCEPTABLE, desc = "not there yet, then added")
    @State
    public static class AddVersusRemove extends Elements {

        @Actor
        public void mine(ZZZ_Result result) {
            result.r1 = set.mine().add("element");
        }

        @Actor
        public void theirs(ZZZ_Result result) {
            result.r2 = set.theirs().remove("element");
        }

        @Arbiter
        public void after(ZZZ_Result result) {
            result.r3 = set.theirs().contains("element");
        }
    }
}
