package com.acme;

import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.stereotype.Component;

@Component
class Worker {
    @ServiceActivator(inputChannel = "orders")
    void handle(Order order) {
        // acknowledged when this returns; given to another worker if this process dies before
    }
}
