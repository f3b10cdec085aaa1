package com.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.shm.PeerInfo;
import dev.shm.SegmentListener;
import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.ShmChannelCustomizer;
import dev.shm.boot.autoconfigure.ShmSegmentCustomizer;
import dev.shm.boot.autoconfigure.ShmSegments;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Page;
import dev.shm.boot.testing.Watchdog;
import dev.shm.integration.dsl.Shm;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.core.MessagingTemplate;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.stereotype.Component;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;

/** What docs/spring-boot.md shows: its very lines, run. */
class SpringBootPageTest {

    @RegisterExtension
    final Directory directory = new Directory();

    static class Monitor implements SegmentListener {

        final BlockingQueue<String> joined = new LinkedBlockingQueue<>();

        @Override
        public void peerJoined(SharedMemory memory, PeerInfo peer) {
            joined.add(memory.name());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Customizers {

        @Bean
        Monitor monitor() {
            return new Monitor();
        }

        @Bean
        ShmSegmentCustomizer listening(SegmentListener monitor) {
            return (name, segment) -> segment.listener(monitor);
        }

        @Component
        static class OneProducer implements ShmChannelCustomizer {
            @Override
            public QueueType<Message<?>> customizeQueue(String name, QueueType<Message<?>> queue) {
                return name.equals("orders") ? queue.singleProducer() : queue;
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Adapters {

        private final ShmMessageMapper mapper = ShmMessageMapper.defaults();

        @Bean
        IntegrationFlow answers(ShmSegments segments) {
            return IntegrationFlow.from(Shm.inboundGateway(ShmDestination.queue(
                            segments.supplier("desk"), "questions", SharedQueue.of(mapper.codec(String.class)))))
                    .transform(String.class, question -> "42, since " + question)
                    .get();
        }

        @Bean
        IntegrationFlow asking(ShmSegments segments) {
            return IntegrationFlow.from("ask")
                    .handle(Shm.outboundGateway(ShmDestination.queue(
                            segments.supplier("desk"), "questions", SharedQueue.of(mapper.codec(String.class)))))
                    .get();
        }
    }

    @Test
    void shouldSendWhatIsPosted() {
        ApplicationContextRunner worker = Application.with(Worker.class, directory);
        Application.with(OrdersController.class, directory)
                .run(gateway -> worker.run(other -> {
                    MockMvcBuilders.standaloneSetup(gateway.getBean(OrdersController.class))
                            .build()
                            .perform(post("/orders")
                                    .contentType("application/json")
                                    .content("{\"id\": \"A-1\", \"pieces\": 100}"))
                            .andExpect(status().isOk());
                    Watchdog.await("handled", () -> Application.received(gateway.getBean(SharedMemory.class)) == 1);
                }));
    }

    @Test
    void shouldCustomise() {
        Application.with(Customizers.class, directory).run(first -> {
            assertThat(first.getBean("desk", SharedMemory.class).objects())
                    .filteredOn(object -> object.name().equals("orders"))
                    .singleElement()
                    .satisfies(orders -> assertThat(orders.type()).contains("single producer"));
            Application.with(Customizers.class, directory)
                    .run(second -> assertThat(Watchdog.take(first.getBean(Monitor.class).joined))
                            .isEqualTo("desk"));
        });
    }

    @Test
    void shouldAnswer() {
        Application.with(Adapters.class, directory).run(context -> {
            MessagingTemplate template = new MessagingTemplate();
            template.setReceiveTimeout(Watchdog.TIMEOUT.toMillis());
            assertThat(template.convertSendAndReceive(
                            context.getBean("ask", MessageChannel.class), "nobody knows", String.class))
                    .isEqualTo("42, since nobody knows");
        });
    }

    @Test
    void shouldRunEveryLineThatIsShown() {
        Page page = Page.of("docs/spring-boot.md");
        assertThat(page.blocks("yaml")).isEqualTo(Page.of("README.md").blocks("yaml"));
        String lines = Page.bare(Page.source(OrdersController.class)
                + Page.source(Worker.class)
                + Page.source(SpringBootPageTest.class));
        List<String> blocks = page.blocks("java");
        assertThat(blocks).hasSize(4);
        for (String block : blocks) {
            assertThat(lines).contains(Page.bare(block));
        }
    }
}
