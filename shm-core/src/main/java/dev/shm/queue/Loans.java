package dev.shm.queue;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an opening has lent, so that it can be given back when that closes. The deliveries themselves are the links of its lists; there
 * are several, by thread, so that consumers do not wait for each other. Any thread may use it.
 */
final class Loans {

    private static final int STRIPES = 8;

    private final Stripe[] stripes = new Stripe[STRIPES];

    /** One list. It is its own lock. */
    private static final class Stripe {
        @Nullable
        Delivery<?> newest;
    }

    Loans() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    /** Adds one that was just made. */
    @SuppressWarnings("ThreadGetId") // Only to spread threads: any number will do.
    void add(Delivery<?> delivery) {
        int index = (int) Thread.currentThread().getId() & STRIPES - 1;
        Stripe stripe = stripes[index];
        synchronized (stripe) {
            Delivery<?> next = stripe.newest;
            delivery.stripe = (byte) index;
            delivery.older = next;
            if (next != null) {
                next.newer = delivery;
            }
            stripe.newest = delivery;
        }
    }

    /** Removes one that ends; nothing happens if it has been removed. */
    void remove(Delivery<?> delivery) {
        Stripe stripe = stripes[delivery.stripe];
        synchronized (stripe) {
            Delivery<?> before = delivery.newer;
            Delivery<?> after = delivery.older;
            if (before != null) {
                before.older = after;
            } else if (stripe.newest == delivery) {
                stripe.newest = after;
            }
            if (after != null) {
                after.newer = before;
            }
            delivery.newer = null;
            delivery.older = null;
        }
    }

    /** Goes over those that are there; none is added or removed meanwhile. */
    void forEach(Consumer<Delivery<?>> what) {
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                for (Delivery<?> at = stripe.newest; at != null; at = at.older) {
                    what.accept(at);
                }
            }
        }
    }

    void clear() {
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                stripe.newest = null;
            }
        }
    }
}
