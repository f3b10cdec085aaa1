package dev.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.shm.codec.Codecs;
import dev.shm.queue.Message;
import dev.shm.queue.MessageHandler;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.SharedTopic;
import dev.shm.queue.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Sends to and receives from queues and topics of text whatever tests need to see. */
final class Traffic {

    private Traffic() {}

    /** A message that was received, and the how many-eth time that was. */
    record Got(String payload, int deliveries) {

        static Got first(String payload) {
            return new Got(payload, 1);
        }

        static List<Got> first(List<String> payloads) {
            return payloads.stream().map(Got::first).toList();
        }

        static List<String> payloads(List<Got> found) {
            return found.stream().map(Got::payload).toList();
        }

        @Override
        public String toString() {
            String shown = payload.length() > 20 ? payload.substring(0, 20) + "... " + payload.length() : payload;
            return shown + " (" + deliveries + ")";
        }
    }

    private interface Source {
        int drain(MessageHandler handler, int limit);
    }

    /** Receives all that is there. */
    static List<Got> drain(SharedQueue<String> queue) {
        return drain(queue::drain);
    }

    static List<Got> drain(Subscription<String> subscription) {
        return drain(subscription::drain);
    }

    private static List<Got> drain(Source source) {
        List<Got> found = new ArrayList<>();
        while (source.drain(message -> found.add(new Got(text(message), message.deliveryCount())), 10) > 0) {
            assertThat(found).hasSizeLessThan(10_000);
        }
        return found;
    }

    static String text(Message message) {
        return Codecs.forType(String.class).decode(message.buffer());
    }

    /** Sends and receives more than the ring holds, several times over, with records of all kinds of lengths. */
    static void fillSeveralLaps(SharedQueue<String> queue, int ringBytes) {
        fillSeveralLaps(ringBytes, queue::offer, () -> Got.payloads(drain(queue)));
    }

    static void fillSeveralLaps(SharedTopic<String> topic, Subscription<String> subscription, int ringBytes) {
        fillSeveralLaps(ringBytes, topic::offer, () -> Got.payloads(drain(subscription)));
    }

    private interface Sender {
        boolean offer(String message);
    }

    private interface Receiver {
        List<String> drain();
    }

    private static void fillSeveralLaps(int ringBytes, Sender sender, Receiver receiver) {
        long sent = 0;
        for (int i = 0; sent < 2L * ringBytes; i++) {
            for (List<String> some : List.of(
                    List.of("a" + i, ("b" + i).repeat(ringBytes / 12)), List.of("c" + i, "d".repeat(ringBytes / 5)))) {
                for (String message : some) {
                    assertThat(sender.offer(message)).isTrue();
                    sent += message.length();
                }
                assertThat(receiver.drain()).isEqualTo(some);
            }
        }
    }

    /** Asks a publisher that signals on the calling thread for so many messages; returns those that it had at once. */
    static List<String> subscribe(Flow.Publisher<String> publisher, int count) {
        List<String> found = new ArrayList<>();
        publisher.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(count);
            }

            @Override
            public void onNext(String message) {
                found.add(message);
            }

            @Override
            public void onError(Throwable error) {
                throw new AssertionError(error);
            }

            @Override
            public void onComplete() {
                throw new AssertionError("a queue does not end");
            }
        });
        return found;
    }

    /** What a subscription has for somebody who takes it up; null if it cannot be taken up. */
    static @Nullable List<Got> drainAndClose(Subscription<String> subscription) {
        try (subscription) {
            return drain(subscription);
        }
    }
}
