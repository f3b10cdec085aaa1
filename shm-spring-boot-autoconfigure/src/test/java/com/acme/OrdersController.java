package com.acme;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class OrdersController {
    private final MessageChannel orders;

    OrdersController(@Qualifier("orders") MessageChannel orders) {
        this.orders = orders;
    }

    @PostMapping("/orders")
    void order(@RequestBody Order order) {
        orders.send(new GenericMessage<>(order));
    }
}
