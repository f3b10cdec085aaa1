package com.acme;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.stereotype.Component;

@Component
class Gateway {
    private final MessageChannel orders;

    Gateway(@Qualifier("orders") MessageChannel orders) {
        this.orders = orders;
    }

    void order(Order order) {
        orders.send(new GenericMessage<>(order));
    }
}
