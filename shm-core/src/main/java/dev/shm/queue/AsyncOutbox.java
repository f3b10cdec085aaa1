package dev.shm.queue;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages as soon as there is room for them, without a thread that waits for it. Any thread may use it.
 *
 * <p>What does not fit stands in line, in one line for each priority. Only the first of a line is tried, so a large message is not
 * overtaken by small ones for ever, and what one thread sends stays in order.
 */
final class AsyncOutbox<T> {

    private final List<Line<T>> lines;

    AsyncOutbox(Outbox<T> outbox, Waiter room, int priorities) {
        List<Line<T>> all = new ArrayList<>();
        for (int i = 0; i < priorities; i++) {
            all.add(new Line<>(outbox, room));
        }
        this.lines = List.copyOf(all);
    }

    /** A stage that says whether the message was sent, once that is known. */
    CompletionStage<Boolean> offer(T value, SendOptions options, Executor executor) {
        Objects.requireNonNull(value, "a queue holds no null");
        Objects.requireNonNull(executor, "executor");
        // A priority that there is not is refused by the outbox.
        return lines.get(Math.min(options.priority(), lines.size() - 1)).offer(value, options, executor);
    }

    /** A message that stands in line. */
    private static final class Offer<T> extends CompletableFuture<Boolean> {

        final T value;
        final SendOptions options;
        final Executor executor;

        Offer(T value, SendOptions options, Executor executor) {
            this.value = value;
            this.options = options;
            this.executor = executor;
        }

        /** What is made from it does not stand in line. */
        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new CompletableFuture<>();
        }
    }

    /** Those who wait for room for one priority. */
    private static final class Line<T> extends Attendant {

        private final Outbox<T> outbox;

        /**
         * Guarded by itself, but that anybody may read whether it is empty. The first stays in it until it is sent, and only who
         * serves takes it out: so while there is one, nobody sends past the line.
         */
        private final Set<Offer<T>> offers = new LinkedHashSet<>();

        private volatile boolean empty = true;

        /** Of the first in line; null if it has not been tried. Only who serves changes it. */
        private volatile Outbox<T>.@Nullable Attempt attempt;

        Line(Outbox<T> outbox, Waiter room) {
            super(room);
            this.outbox = outbox;
        }

        CompletionStage<Boolean> offer(T value, SendOptions options, Executor executor) {
            if (empty) {
                try {
                    Boolean sent = trySend(value, options);
                    if (sent != null) {
                        return CompletableFuture.completedFuture(sent);
                    }
                } catch (RuntimeException | Error e) {
                    return CompletableFuture.failedFuture(e);
                }
            }
            Offer<T> offer = new Offer<>(value, options, executor);
            boolean first;
            synchronized (offers) {
                first = offers.isEmpty();
                offers.add(offer);
                count();
            }
            CompletableFuture<?> unused = offer.whenComplete((sent, failure) -> withdraw(offer));
            if (first) {
                call();
            }
            return offer;
        }

        private @Nullable Boolean trySend(T value, SendOptions options) {
            try (Outbox<T>.Attempt once = outbox.attempt(value, options)) {
                return once.trySend();
            }
        }

        private void withdraw(Offer<T> offer) {
            boolean first;
            synchronized (offers) {
                first = offer.equals(first());
                if (!first && offers.remove(offer)) {
                    count();
                }
            }
            if (first) {
                // It may be tried just now, or have something prepared.
                call();
            }
        }

        private @Nullable Offer<T> first() {
            return offers.isEmpty() ? null : offers.iterator().next();
        }

        private void count() {
            empty = offers.isEmpty();
            if (empty) {
                lookout.leave();
            } else {
                lookout.enter();
            }
        }

        @Override
        public boolean waits() {
            return !empty;
        }

        @Override
        public boolean hasNews() {
            Outbox<T>.Attempt now = attempt;
            return now == null || now.mayFit();
        }

        @Override
        void serve() {
            int inVain = 0;
            for (; ; ) {
                Offer<T> first;
                synchronized (offers) {
                    first = first();
                }
                if (first == null) {
                    return;
                }
                Boolean sent;
                try {
                    sent = first.isDone() ? Boolean.FALSE : trySend(first);
                    if (sent == null) {
                        if (lookout.watch()) {
                            return;
                        }
                        if (++inVain > PATIENCE) {
                            // There is room in the ring, but none in the heap for a large message.
                            lookout.rest();
                            return;
                        }
                        continue;
                    }
                } catch (Throwable e) {
                    fail(first, e);
                    continue;
                }
                inVain = 0;
                remove(first);
                handOver(first.executor, () -> first.complete(sent));
            }
        }

        /** Whatever failed, those behind it have their turn. */
        private void fail(Offer<T> first, Throwable reason) {
            try {
                remove(first);
            } catch (Throwable e) {
                // The memory may be gone, and with it what was prepared in it.
                reason.addSuppressed(e);
            }
            handOver(first.executor, () -> first.completeExceptionally(reason));
        }

        private @Nullable Boolean trySend(Offer<T> offer) {
            Outbox<T>.Attempt now = attempt;
            if (now == null) {
                now = outbox.attempt(offer.value, offer.options);
                attempt = now;
            }
            return now.trySend();
        }

        private void remove(Offer<T> first) {
            Outbox<T>.Attempt done = attempt;
            attempt = null;
            try {
                if (done != null) {
                    done.close();
                }
            } finally {
                synchronized (offers) {
                    offers.remove(first);
                    count();
                }
            }
        }
    }
}
