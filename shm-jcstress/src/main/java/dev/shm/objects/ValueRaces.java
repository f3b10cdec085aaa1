package dev.shm.objects;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import dev.shm.SharedObject;
import dev.shm.collection.FrozenMap;
import dev.shm.collection.FrozenMapType;
import dev.shm.objects.Twins.Twin;
import dev.shm.value.SharedBean;
import dev.shm.value.SharedBytes;
import dev.shm.value.SharedDouble;
import dev.shm.value.SharedInt;
import dev.shm.value.SharedLong;
import dev.shm.value.SharedReference;
import dev.shm.value.SharedString;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.DDD_Result;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/** Races of two processes on one bean or one value. What is not listed as an outcome is forbidden. */
public class ValueRaces {

    private ValueRaces() {}

    /** The interface of the bean. */
    public interface Quote {

        String getSymbol();

        void setSymbol(String symbol);

        int getSize();

        void setSize(int size);

        int getVolume();

        void setVolume(int volume);

        long getTrades();

        long incrementAndGetTrades();

        boolean compareAndSetTrades(long expected, long next);
    }

    /** What of it is looked at. */
    public record SymbolAndSize(String symbol, int size) {}

    private abstract static class Quotes {

        private static final Twins<SharedBean<Quote>> TWINS = new Twins<>(SharedBean.of(Quote.class));

        final Twin<SharedBean<Quote>> bean = TWINS.next();
        final long before;

        Quotes() {
            bean.mine().update(fields -> {
                fields.setSymbol(Text.LARGE_A);
                fields.setSize(1);
            });
            before = bean.mine().get().getTrades();
        }
    }

    /** Two fields of a bean are set again and again while somebody looks at both: half of a change is never seen. */
    @JCStressTest
    @Outcome(id = "a", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "b", expect = ACCEPTABLE, desc = "between, or after")
    @Outcome(id = "ab", expect = ACCEPTABLE, desc = "both, one after the other")
    @State
    public static class UpdateVersusSnapshot extends Quotes {

        @Actor
        public void writer() {
            Text.alternate(
                    Text.LARGE_A,
                    Text.LARGE_B,
                    symbol -> bean.mine().update(fields -> {
                        fields.setSymbol(symbol);
                        fields.setSize(symbol.equals(Text.LARGE_A) ? 1 : 2);
                    }));
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = Text.letters(() -> {
                SymbolAndSize seen = bean.theirs().snapshot(SymbolAndSize.class);
                boolean together = (seen.size() == 1) == seen.symbol().startsWith("a");
                return together ? seen.symbol() : seen.toString();
            });
        }
    }

    /** Two fields of a bean are counted up together: who has read the one does not get the other of before that. */
    @JCStressTest
    @Outcome(id = "together", expect = ACCEPTABLE, desc = "the second is not older than the first")
    @State
    public static class UpdateVersusGetters extends Quotes {

        private static final int MANY = 8;

        public UpdateVersusGetters() {
            set(bean.mine(), 0);
        }

        private static void set(SharedBean<Quote> bean, int number) {
            bean.update(fields -> {
                fields.setSize(number);
                fields.setVolume(number);
            });
        }

        @Actor
        public void writer() {
            for (int i = 1; i <= MANY; i++) {
                set(bean.mine(), i);
            }
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = "together";
            for (int i = 0; i < 2 * MANY; i++) {
                int size = bean.theirs().get().getSize();
                int volume = bean.theirs().get().getVolume();
                if (volume < size) {
                    result.r1 = size + " without " + volume;
                }
            }
        }
    }

    /** Two update the same bean by what they see in it: both do. */
    @JCStressTest
    @Outcome(id = "a, 3", expect = ACCEPTABLE, desc = "one after the other")
    @State
    public static class UpdateVersusUpdate extends Quotes {

        @Actor
        public void mine() {
            bean.mine().update(fields -> fields.setSize(fields.getSize() + 1));
        }

        @Actor
        public void theirs() {
            bean.theirs().update(fields -> fields.setSize(fields.getSize() + 1));
        }

        @Arbiter
        public void after(LL_Result result) {
            result.r1 = Text.letter(bean.theirs().get().getSymbol());
            result.r2 = bean.theirs().get().getSize();
        }
    }

    /** A field is counted up by one while the other replaces what it knows. */
    @JCStressTest
    @Outcome(id = "1, true, 11", expect = ACCEPTABLE, desc = "replaced after it was counted")
    @Outcome(id = "1, false, 1", expect = ACCEPTABLE, desc = "counted, and not what was expected before that")
    @State
    public static class IncrementVersusCompareAndSet extends Quotes {

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = bean.mine().get().incrementAndGetTrades() - before;
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = bean.theirs().get().compareAndSetTrades(before + 1, before + 11);
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = bean.theirs().get().getTrades() - before;
        }
    }

    private abstract static class References {

        private static final Twins<SharedReference<String>> TWINS = new Twins<>(SharedReference.of(String.class));

        final Twin<SharedReference<String>> reference = TWINS.next();

        References() {
            reference.mine().set(Text.LARGE_A);
        }
    }

    /** A reference is set again and again while somebody reads it, so that blocks are used again. */
    @JCStressTest
    @Outcome(id = "a", expect = ACCEPTABLE, desc = "before")
    @Outcome(
            id = {"b", "ab", "bc", "ac", "abc"},
            expect = ACCEPTABLE,
            desc = "between")
    @Outcome(id = "c", expect = ACCEPTABLE, desc = "after")
    @State
    public static class SetOfAReferenceVersusGet extends References {

        @Actor
        public void writer() {
            Text.alternate(Text.LARGE_B, Text.LARGE_C, reference.mine()::set);
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = Text.letters(reference.theirs()::get);
        }
    }

    /** Two replace what they know: one of them does. */
    @JCStressTest
    @Outcome(id = "true, false, b", expect = ACCEPTABLE, desc = "mine")
    @Outcome(id = "false, true, c", expect = ACCEPTABLE, desc = "theirs")
    @State
    public static class CompareAndSetOfAReferenceVersusAnother extends References {

        @Actor
        public void mine(LLL_Result result) {
            result.r1 = reference.mine().compareAndSet(Text.LARGE_A, Text.LARGE_B);
        }

        @Actor
        public void theirs(LLL_Result result) {
            result.r2 = reference.theirs().compareAndSet(Text.LARGE_A, Text.LARGE_C);
        }

        @Arbiter
        public void after(LLL_Result result) {
            result.r3 = Text.letter(reference.theirs().get());
        }
    }

    /** A string is set again and again, to other lengths, while somebody reads it. */
    @JCStressTest
    @Outcome(id = "a", expect = ACCEPTABLE, desc = "before")
    @Outcome(
            id = {"b", "ab", "bc", "ac", "abc"},
            expect = ACCEPTABLE,
            desc = "between")
    @Outcome(id = "c", expect = ACCEPTABLE, desc = "after")
    @State
    public static class SetOfAStringVersusGet {

        private static final Twins<SharedString> TWINS = new Twins<>(SharedString.type());

        private final Twin<SharedString> string = TWINS.next();

        public SetOfAStringVersusGet() {
            string.mine().set(Text.LARGE_A);
        }

        @Actor
        public void writer() {
            Text.alternate(Text.SMALL_B, Text.LARGE_C, string.mine()::set);
        }

        @Actor
        public void reader(L_Result result) {
            result.r1 = Text.letters(string.theirs()::get);
        }
    }

    /** The same with bytes, which the one exchanges and the other sets. */
    @JCStressTest
    @Outcome(id = "1, 3", expect = ACCEPTABLE, desc = "mine first")
    @Outcome(id = "3, 2", expect = ACCEPTABLE, desc = "theirs first")
    @State
    public static class GetAndSetOfBytesVersusSet {

        private static final Twins<SharedBytes> TWINS = new Twins<>(SharedBytes.type());

        private final Twin<SharedBytes> bytes = TWINS.next();

        public GetAndSetOfBytesVersusSet() {
            bytes.mine().set(new byte[1]);
        }

        @Actor
        public void mine(LL_Result result) {
            result.r1 = bytes.mine().getAndSet(new byte[2]).length;
        }

        @Actor
        public void theirs() {
            bytes.theirs().set(new byte[3]);
        }

        @Arbiter
        public void after(LL_Result result) {
            result.r2 = bytes.theirs().get().length;
        }
    }

    /** Two count: both count. */
    @JCStressTest
    @Outcome(
            id = {"1, 3, 3", "3, 2, 3"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @State
    public static class AddToALongVersusAdd {

        private static final Twins<SharedLong> TWINS = new Twins<>(SharedLong.type());

        private final Twin<SharedLong> counter = TWINS.next();

        public AddToALongVersusAdd() {
            counter.mine().set(0);
        }

        @Actor
        public void mine(JJJ_Result result) {
            result.r1 = counter.mine().addAndGet(1);
        }

        @Actor
        public void theirs(JJJ_Result result) {
            result.r2 = counter.theirs().updateAndGet(value -> value + 2);
        }

        @Arbiter
        public void after(JJJ_Result result) {
            result.r3 = counter.mine().get();
        }
    }

    /** The same with an int, half a word. */
    @JCStressTest
    @Outcome(
            id = {"1, 3, 3", "3, 2, 3"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @State
    public static class AddToAnIntVersusAdd {

        private static final Twins<SharedInt> TWINS = new Twins<>(SharedInt.type());

        private final Twin<SharedInt> counter = TWINS.next();

        public AddToAnIntVersusAdd() {
            counter.mine().set(0);
        }

        @Actor
        public void mine(III_Result result) {
            result.r1 = counter.mine().addAndGet(1);
        }

        @Actor
        public void theirs(III_Result result) {
            result.r2 = counter.theirs().updateAndGet(value -> value + 2);
        }

        @Arbiter
        public void after(III_Result result) {
            result.r3 = counter.mine().get();
        }
    }

    /** The same with a double, which is compared by its bits. */
    @JCStressTest
    @Outcome(
            id = {"0.5, 2.0, 2.0", "2.0, 1.5, 2.0"},
            expect = ACCEPTABLE,
            desc = "one after the other")
    @State
    public static class AddToADoubleVersusAdd {

        private static final Twins<SharedDouble> TWINS = new Twins<>(SharedDouble.type());

        private final Twin<SharedDouble> counter = TWINS.next();

        public AddToADoubleVersusAdd() {
            counter.mine().set(0);
        }

        @Actor
        public void mine(DDD_Result result) {
            result.r1 = counter.mine().addAndGet(0.5);
        }

        @Actor
        public void theirs(DDD_Result result) {
            result.r2 = counter.theirs().addAndGet(1.5);
        }

        @Arbiter
        public void after(DDD_Result result) {
            result.r3 = counter.mine().get();
        }
    }

    /** A frozen map is built while somebody looks for it: it is not there yet, or all of it is. */
    @JCStressTest
    @Outcome(id = "-", expect = ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "a, b", expect = ACCEPTABLE, desc = "there")
    @State
    public static class BuildVersusFind {

        private static final FrozenMapType<String, String> TYPE = FrozenMap.of(String.class, String.class);
        private static final AtomicLong NEXT = new AtomicLong();

        private final String name = "frozen" + NEXT.getAndIncrement();
        private SharedObject mine;
        private SharedObject theirs;

        @Actor
        public void builder() {
            mine = Twins.MINE.create(name, TYPE.holding(Map.of("1", Text.SMALL_A, Text.LARGE_C, Text.LARGE_B)));
        }

        @Actor
        public void reader(L_Result result) {
            FrozenMap<String, String> found = Twins.THEIRS.find(name, TYPE).orElse(null);
            theirs = found;
            result.r1 = found == null ? "-" : Text.letter(found.get("1")) + ", " + Text.letter(found.get(Text.LARGE_C));
        }

        @Arbiter
        public void after(L_Result result) {
            Twins.MINE.destroy(name);
            mine.close();
            if (theirs != null) {
                theirs.close();
            }
        }
    }
}
