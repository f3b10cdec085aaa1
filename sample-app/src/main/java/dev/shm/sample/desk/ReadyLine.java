package dev.shm.sample.desk;

import dev.shm.SharedMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Says in the log that this process is ready. */
@Component
class ReadyLine {

    private static final Logger logger = LoggerFactory.getLogger(ReadyLine.class);

    private final SharedMemory desk;
    private final String role;

    ReadyLine(SharedMemory desk, @Value("${spring.application.name}") String role) {
        this.desk = desk;
        this.role = role;
    }

    @EventListener(ApplicationReadyEvent.class)
    void ready() {
        logger.info(
                "Ready: {} with pid {}, {} of {} in segment '{}'",
                role,
                desk.self().pid(),
                desk.peers().size() == 1 ? "the first" : "one",
                desk.peers().size(),
                desk.name());
    }
}
