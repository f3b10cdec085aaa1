package dev.shm.sample.gateway;

import dev.shm.sample.desk.Order;
import dev.shm.sample.desk.OrderState;
import dev.shm.sample.desk.Symbols;
import dev.shm.value.SharedLong;
import java.net.URI;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.integration.support.MutableMessageBuilder;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessagingException;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Takes orders and sends them to the channel {@code orders}, which is a queue in shared memory; tells what became of them. */
@RestController
@RequestMapping("/api/orders")
@Profile("gateway")
class OrdersController {

    private static final int MOST_AT_ONCE = 10_000;
    private static final int MOST_PIECES = 1_000_000;

    private final MessageChannel orders;
    private final SharedLong numbers;
    private final Ledger ledger;

    OrdersController(@Qualifier("orders") MessageChannel orders, SharedLong orderNumbers, Ledger ledger) {
        this.orders = orders;
        this.numbers = orderNumbers;
        this.ledger = ledger;
    }

    /** What a client sends. */
    record NewOrder(String symbol, int pieces) {}

    /** How many orders were taken, and their numbers; others may have some in between. */
    record Taken(int accepted, long first, long last) {}

    @PostMapping
    ResponseEntity<OrderState> place(@RequestBody NewOrder wanted) {
        if (wanted.symbol() == null || !wanted.symbol().matches("[A-Z]{1,12}")) {
            throw refused(HttpStatus.BAD_REQUEST, "'symbol' is 1 to 12 capital letters, such as " + Symbols.ALL.get(0));
        }
        if (wanted.pieces() < 1 || wanted.pieces() > MOST_PIECES) {
            throw refused(HttpStatus.BAD_REQUEST, "'pieces' is a number from 1 to " + MOST_PIECES);
        }
        requireRoom(1);
        Order order = send(wanted.symbol(), wanted.pieces());
        return ResponseEntity.accepted()
                .location(URI.create("/api/orders/" + order.id()))
                .body(OrderState.accepted(order));
    }

    @PostMapping("/random")
    ResponseEntity<Taken> placeRandom(@RequestParam(defaultValue = "1000") int count) {
        if (count < 1 || count > MOST_AT_ONCE) {
            throw refused(HttpStatus.BAD_REQUEST, "'count' is a number from 1 to " + MOST_AT_ONCE);
        }
        requireRoom(count);
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long first = 0;
        long last = 0;
        for (int i = 0; i < count; i++) {
            String symbol = Symbols.ALL.get(random.nextInt(Symbols.ALL.size()));
            last = send(symbol, 1 + random.nextInt(500)).id();
            first = i == 0 ? last : first;
        }
        return ResponseEntity.accepted().body(new Taken(count, first, last));
    }

    @GetMapping("/{id}")
    OrderState state(@PathVariable long id) {
        return ledger.find(id)
                .orElseThrow(() -> refused(HttpStatus.NOT_FOUND, "there is no order " + id + ", or it is forgotten"));
    }

    @DeleteMapping
    Forgotten forget() {
        return new Forgotten(ledger.forget());
    }

    /** How many orders were forgotten. */
    record Forgotten(int forgotten) {}

    private Order send(String symbol, int pieces) {
        Order order = new Order(numbers.incrementAndGet(), symbol, pieces, System.currentTimeMillis());
        boolean sent;
        try {
            sent = orders.send(MutableMessageBuilder.withPayload(order, false).build());
        } catch (MessagingException e) {
            throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "order cannot be sent: " + e, e);
        }
        if (!sent) {
            throw refused(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "the queue is full, and no worker makes room: start one, and send this order again");
        }
        ledger.accepted(order);
        return order;
    }

    private void requireRoom(int count) {
        if (ledger.room() < count) {
            throw refused(
                    HttpStatus.INSUFFICIENT_STORAGE,
                    "the ledger keeps " + ledger.limit()
                            + " orders and is full: DELETE /api/orders forgets those that have ended");
        }
    }

    private static ResponseStatusException refused(HttpStatus status, String reason) {
        return new ResponseStatusException(status, reason);
    }
}
