package dev.shm.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.shm.Shared;
import dev.shm.SharedMemory;
import dev.shm.boot.testing.Directory;
import dev.shm.boot.testing.Watchdog;
import dev.shm.codec.Codec;
import dev.shm.codec.Codecs;
import dev.shm.error.QueueFullException;
import dev.shm.integration.channel.AbstractShmChannel;
import dev.shm.integration.channel.PollableShmChannel;
import dev.shm.integration.channel.PublishSubscribeShmChannel;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.inbound.ShmMessageProducer;
import dev.shm.integration.outbound.ShmMessageHandler;
import dev.shm.integration.support.ShmHeaders;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.queue.QueueType;
import dev.shm.queue.TopicType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.acks.AcknowledgmentCallback;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.SubscribableChannel;
import org.springframework.messaging.support.GenericMessage;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Channels from the configuration. */
class ShmIntegrationAutoConfigurationTest {

    @RegisterExtension
    final Directory directory = new Directory();

    record Order(String id, int pieces) {}

    private final BlockingQueue<Message<?>> received = new LinkedBlockingQueue<>();

    private ApplicationContextRunner runner() {
        return directory
                .runner(
                        IntegrationAutoConfiguration.class,
                        ShmAutoConfiguration.class,
                        ShmIntegrationAutoConfiguration.class)
                .withPropertyValues("shm.segments.desk.size=24MB");
    }

    private ApplicationContextRunner orders(String... settings) {
        ApplicationContextRunner runner = runner().withPropertyValues("shm.channels.orders.segment=desk");
        for (String setting : settings) {
            runner = runner.withPropertyValues("shm.channels.orders." + setting);
        }
        return runner;
    }

    private static void send(MessageChannel channel, Object payload) {
        assertThat(channel.send(new GenericMessage<>(payload))).isTrue();
    }

    @Test
    void shouldMakeAChannelOfTheRightKindForEachEntry() {
        runner().withPropertyValues(
                        "shm.channels.orders.segment=desk",
                        "shm.channels.jobs.pollable=true",
                        "shm.channels.ticks.kind=topic")
                .run(context -> {
                    assertThat(context.getBean("orders")).isInstanceOf(SubscribableShmChannel.class);
                    assertThat(context.getBean("jobs")).isInstanceOf(PollableShmChannel.class);
                    assertThat(context.getBean("ticks")).isInstanceOf(PublishSubscribeShmChannel.class);
                    assertThat(context.getBean(SharedMemory.class).objects())
                            .extracting("name")
                            .containsExactlyInAnyOrder("orders", "jobs", "ticks");
                });
    }

    @Test
    void shouldCarryPayloadsOfTheConfiguredTypeFromOneApplicationToAnother() {
        ApplicationContextRunner both = orders("payload-type=" + Order.class.getName());
        both.run(sends -> both.run(receives -> {
            receives.getBean(SubscribableShmChannel.class).subscribe(received::add);
            send(sends.getBean("orders", MessageChannel.class), new Order("a", 3));
            assertThat(Watchdog.take(received).getPayload()).isEqualTo(new Order("a", 3));
        }));
    }

    @Test
    void shouldKeepWhatFailsAndDeadLettersForTheConfiguredDelay() {
        List<Long> tries = new CopyOnWriteArrayList<>();
        List<Long> offers = new CopyOnWriteArrayList<>();
        orders(
                        "codec=string",
                        "max-deliveries=3",
                        "dead-letter=failed",
                        "redelivery-delay=60ms",
                        "max-redelivery-delay=70ms")
                .withBean("failed", DirectChannel.class, DirectChannel::new)
                .run(context -> {
                    context.getBean("failed", DirectChannel.class).subscribe(message -> {
                        offers.add(System.nanoTime());
                        if (offers.size() < 3) {
                            throw new IllegalStateException("not yet");
                        }
                        received.add(message);
                    });
                    context.getBean(SubscribableShmChannel.class).subscribe(message -> {
                        tries.add(System.nanoTime());
                        throw new IllegalStateException("no");
                    });
                    send(context.getBean("orders", MessageChannel.class), "a");
                    assertThat(Watchdog.take(received).getPayload()).isEqualTo("a");
                });
        for (List<Long> times : List.of(tries, offers)) {
            assertThat(times).hasSize(3);
            assertThat(times.get(1) - times.get(0)).isGreaterThanOrEqualTo(60_000_000);
            assertThat(times.get(2) - times.get(1)).isGreaterThanOrEqualTo(70_000_000);
        }
    }

    @Test
    void shouldGiveATopicToEveryApplication() {
        ApplicationContextRunner both = runner().withPropertyValues("shm.channels.ticks.kind=topic");
        both.run(one -> both.run(two -> {
            one.getBean("ticks", SubscribableChannel.class).subscribe(received::add);
            two.getBean("ticks", SubscribableChannel.class).subscribe(received::add);
            send(one.getBean("ticks", MessageChannel.class), "tick");
            assertThat(Watchdog.take(received).getPayload()).isEqualTo("tick");
            assertThat(Watchdog.take(received).getPayload()).isEqualTo("tick");
        }));
    }

    @Test
    void shouldKeepASubscriptionWithANameWhileItsApplicationIsAway() {
        ApplicationContextRunner both = runner().withPropertyValues(
                        "shm.channels.ticks.kind=topic",
                        "shm.channels.audit.kind=topic",
                        "shm.channels.audit.name=ticks",
                        "shm.channels.audit.subscription=audit");
        both.run(stays -> {
            both.run(goes -> goes.getBean("audit", SubscribableChannel.class).subscribe(message -> {}));
            send(stays.getBean("ticks", MessageChannel.class), "while it was away");
            both.run(comes -> {
                comes.getBean("audit", SubscribableChannel.class).subscribe(received::add);
                assertThat(Watchdog.take(received).getPayload()).isEqualTo("while it was away");
            });
        });
    }

    @Test
    void shouldPollAPollableChannel() {
        orders("pollable=true").run(context -> {
            PollableShmChannel channel = context.getBean(PollableShmChannel.class);
            assertThat(channel.receive(0)).isNull();
            send(channel, "a");
            assertThat(channel.receive(0).getPayload()).isEqualTo("a");
        });
    }

    @Test
    void shouldUseTheNameThatIsGiven() {
        orders("name=all")
                .run(context -> assertThat(context.getBean(SharedMemory.class).objects())
                        .extracting("name")
                        .containsExactly("all"));
    }

    // ------------------------------------------------------------------------------------------ delivery

    @Test
    void shouldBlockForAsLongAsItIsToldWhenFull() {
        orders("capacity=64KB", "codec=bytes", "offer-timeout=1ms").run(context -> {
            MessageChannel channel = context.getBean("orders", MessageChannel.class);
            boolean sent = true;
            for (int i = 0; i < 200 && sent; i++) {
                sent = channel.send(new GenericMessage<>(new byte[1024]));
            }
            assertThat(sent).isFalse();
        });
    }

    @Test
    void shouldFailWhenFullIfItIsToldTo() {
        orders("capacity=64KB", "codec=bytes", "full=fail").run(context -> {
            MessageChannel channel = context.getBean("orders", MessageChannel.class);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 200; i++) {
                            channel.send(new GenericMessage<>(new byte[1024]));
                        }
                    })
                    .rootCause()
                    .isInstanceOf(QueueFullException.class);
        });
    }

    @Test
    void shouldGiveWhatFailedTooOftenToTheDeadLetterChannel() {
        orders("max-deliveries=3", "dead-letter=failed", "payload-type=" + Order.class.getName())
                .withPropertyValues(
                        "shm.channels.failed.segment=desk", "shm.channels.failed.payload-type=" + Order.class.getName())
                .run(context -> {
                    List<Object> counts = new CopyOnWriteArrayList<>();
                    context.getBean("failed", SubscribableChannel.class).subscribe(received::add);
                    context.getBean("orders", SubscribableChannel.class).subscribe(message -> {
                        counts.add(message.getHeaders().get(ShmHeaders.DELIVERY_COUNT));
                        throw new IllegalStateException("no");
                    });
                    send(context.getBean("orders", MessageChannel.class), new Order("a", 3));
                    assertThat(Watchdog.take(received).getPayload()).isEqualTo(new Order("a", 3));
                    assertThat(counts).containsExactly(1, 2, 3);
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class Undertaker {
        final List<Object> buried = new CopyOnWriteArrayList<>();

        /** Nobody declares the channel: Spring Integration makes it for this. */
        @ServiceActivator(inputChannel = "graveyard")
        void bury(Object payload) {
            buried.add(payload);
        }
    }

    @Test
    void shouldGiveDeadLettersToAChannelThatIsMadeForAnEndpoint() {
        orders("max-deliveries=1", "dead-letter=graveyard", "codec=string")
                .withUserConfiguration(Undertaker.class)
                .run(context -> {
                    context.getBean("orders", SubscribableChannel.class).subscribe(message -> {
                        throw new IllegalStateException("no");
                    });
                    send(context.getBean("orders", MessageChannel.class), "a");
                    List<Object> buried = context.getBean(Undertaker.class).buried;
                    Watchdog.await("a dead letter", () -> !buried.isEmpty());
                    assertThat(buried).containsExactly("a");
                });
    }

    @Test
    void shouldTellTheErrorChannelOfWhatFailedTooOftenIfThereAreNoDeadLetters() {
        orders("max-deliveries=2").run(context -> {
            context.getBean("errorChannel", SubscribableChannel.class).subscribe(received::add);
            List<Object> tries = new CopyOnWriteArrayList<>();
            context.getBean("orders", SubscribableChannel.class).subscribe(message -> {
                tries.add(message.getPayload());
                throw new IllegalStateException("no");
            });
            send(context.getBean("orders", MessageChannel.class), "a");
            assertThat(Watchdog.take(received).getPayload()).isInstanceOf(Throwable.class);
            assertThat(tries).hasSize(2);
        });
    }

    @Test
    void shouldLetTheFlowAcknowledgeIfItIsToldTo() {
        ApplicationContextRunner runner = orders("ack=manual");
        runner.run(stays -> {
            send(stays.getBean("orders", MessageChannel.class), "a");
            // This one does not acknowledge, and closes.
            runner.run(context -> {
                context.getBean("orders", SubscribableChannel.class).subscribe(received::add);
                assertThat(Watchdog.take(received).getPayload()).isEqualTo("a");
            });
            stays.getBean("orders", SubscribableChannel.class).subscribe(received::add);
            Message<?> again = Watchdog.take(received);
            assertThat(again.getHeaders().get(ShmHeaders.DELIVERY_COUNT)).isEqualTo(2);
            again.getHeaders()
                    .get(IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK, AcknowledgmentCallback.class)
                    .acknowledge(AcknowledgmentCallback.Status.ACCEPT);
        });
    }

    @Test
    void shouldHandOverBatches() {
        orders("batch-size=10").run(context -> {
            SubscribableShmChannel channel = context.getBean(SubscribableShmChannel.class);
            channel.stop();
            for (int i = 0; i < 5; i++) {
                send(channel, i);
            }
            channel.subscribe(received::add);
            channel.start();
            assertThat(Watchdog.take(received).getPayload()).isEqualTo(List.of(0, 1, 2, 3, 4));
        });
    }

    @Test
    void shouldReceiveOnAsManyThreadsAsItIsTold() {
        orders("concurrency=3").run(context -> {
            BlockingQueue<String> holding = new LinkedBlockingQueue<>();
            BlockingQueue<String> tickets = new LinkedBlockingQueue<>();
            context.getBean(SubscribableShmChannel.class).subscribe(message -> {
                holding.add(Thread.currentThread().getName());
                Watchdog.take(tickets);
            });
            for (int i = 0; i < 3; i++) {
                send(context.getBean("orders", MessageChannel.class), i);
            }
            assertThat(List.of(Watchdog.take(holding), Watchdog.take(holding), Watchdog.take(holding)))
                    .doesNotHaveDuplicates();
            tickets.addAll(List.of("a", "b", "c"));
        });
    }

    @Test
    void shouldDeliverUrgentMessagesFirst() {
        orders("priorities=2").run(context -> {
            SubscribableShmChannel channel = context.getBean(SubscribableShmChannel.class);
            channel.stop();
            channel.send(new GenericMessage<>("later", Map.of(ShmHeaders.PRIORITY, 1)));
            channel.send(new GenericMessage<>("first", Map.of(ShmHeaders.PRIORITY, 0)));
            channel.subscribe(received::add);
            channel.start();
            assertThat(Watchdog.take(received).getPayload()).isEqualTo("first");
            assertThat(Watchdog.take(received).getPayload()).isEqualTo("later");
        });
    }

    // ------------------------------------------------------------------------------------------ codecs

    private static String codec(MessageChannel channel) {
        return ((AbstractShmChannel) channel).getDestination().codec().name();
    }

    @Test
    void shouldChooseTheCodecByItsName() {
        runner().withPropertyValues(
                        "shm.channels.a.codec=string",
                        "shm.channels.b.codec=bytes",
                        "shm.channels.c.codec=json",
                        "shm.channels.c.payload-type=" + Order.class.getName(),
                        "shm.channels.d.payload-type=" + Order.class.getName(),
                        "shm.channels.e.registered-types=" + Order.class.getName())
                .run(context -> {
                    assertThat(codec(context.getBean("a", MessageChannel.class)))
                            .contains(":string");
                    assertThat(codec(context.getBean("b", MessageChannel.class)))
                            .contains(":bytes");
                    assertThat(codec(context.getBean("c", MessageChannel.class)))
                            .contains(":json:" + Order.class.getName());
                    assertThat(codec(context.getBean("d", MessageChannel.class)))
                            .contains(":kryo:" + Order.class.getName());
                    SubscribableChannel registered = context.getBean("e", SubscribableChannel.class);
                    registered.subscribe(received::add);
                    send(registered, List.of(new Order("a", 1)));
                    assertThat(Watchdog.take(received).getPayload()).isEqualTo(List.of(new Order("a", 1)));
                });
    }

    @Test
    void shouldRefuseACodecThatDoesNotWriteThePayload() {
        orders("codec=string", "payload-type=" + Order.class.getName())
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("the payload codec 'string' writes java.lang.String"));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnCodecs {
        @Bean
        Codec<Long> mine() {
            return Codecs.longs();
        }

        @Bean
        Codec<String> json() {
            return Codecs.string();
        }
    }

    @Test
    void shouldUseACodecOfTheApplicationByItsNameAlsoForOneThatThereIs() {
        runner().withUserConfiguration(OwnCodecs.class)
                .withPropertyValues("shm.channels.a.codec=mine", "shm.channels.b.codec=json")
                .run(context -> {
                    assertThat(codec(context.getBean("a", MessageChannel.class)))
                            .endsWith(":long");
                    assertThat(codec(context.getBean("b", MessageChannel.class)))
                            .endsWith(":string");
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class SharedBaskets {
        @Bean
        Codec<Shared<Map<String, Object>>> basket(SharedMemory desk) {
            return desk.sharedCodec();
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void shouldHandOverWhatIsSharedAndNotACopy() {
        runner().withUserConfiguration(SharedBaskets.class)
                .withPropertyValues("shm.channels.baskets.segment=desk", "shm.channels.baskets.codec=basket")
                .run(context -> {
                    SubscribableChannel baskets = context.getBean("baskets", SubscribableChannel.class);
                    baskets.subscribe(received::add);
                    SharedMemory desk = context.getBean(SharedMemory.class);
                    try (Shared<Map<String, Object>> shared = desk.share(Map.of("lines", List.of("apples")))) {
                        send(baskets, shared);
                        try (Shared<Map<String, Object>> taken = (Shared<Map<String, Object>>)
                                Watchdog.take(received).getPayload()) {
                            ((List<Object>) taken.get().get("lines")).add("pears");
                        }
                        assertThat(shared.get()).isEqualTo(Map.of("lines", List.of("apples", "pears")));
                    }
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnJson {
        @Bean
        JsonMapper mapper() {
            return JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.UPPER_SNAKE_CASE)
                    .build();
        }
    }

    @Test
    void shouldWriteJsonWithTheMapperOfTheApplication() {
        runner().withUserConfiguration(OwnJson.class)
                .withPropertyValues(
                        "shm.channels.orders.codec=json",
                        "shm.channels.orders.payload-type=" + Order.class.getName(),
                        "shm.channels.orders.pollable=true",
                        "shm.channels.raw.pollable=true")
                .run(context -> {
                    ByteBuffer bytes = ByteBuffer.allocate(256);
                    context.getBean("orders", PollableShmChannel.class)
                            .getDestination()
                            .codec()
                            .encode(new GenericMessage<>(new Order("a", 3)), bytes);
                    assertThat(new String(bytes.array(), StandardCharsets.UTF_8))
                            .contains("\"PIECES\":3");
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnMapper {
        @Bean
        ShmMessageMapper ours() {
            return ShmMessageMapper.builder().headers("order*").build();
        }
    }

    @Test
    void shouldUseTheMapperOfTheApplication() {
        orders("pollable=true").withUserConfiguration(OwnMapper.class).run(context -> {
            assertThat(context).hasSingleBean(ShmMessageMapper.class);
            PollableShmChannel channel = context.getBean(PollableShmChannel.class);
            channel.send(new GenericMessage<>("a", Map.of("orderId", 1, "other", 2)));
            assertThat(channel.receive(0).getHeaders()).containsKey("orderId").doesNotContainKey("other");
        });
    }

    // ------------------------------------------------------------------------------------------ customizers

    @Configuration(proxyBeanMethods = false)
    static class Customizers {
        final List<String> called = new ArrayList<>();

        @Bean
        ShmChannelCustomizer customizer() {
            return new ShmChannelCustomizer() {
                @Override
                public QueueType<Message<?>> customizeQueue(String name, QueueType<Message<?>> queue) {
                    called.add("queue " + name);
                    return queue.singleConsumer();
                }

                @Override
                public TopicType<Message<?>> customizeTopic(String name, TopicType<Message<?>> topic) {
                    called.add("topic " + name);
                    return topic.subscribers(1);
                }

                @Override
                public void customizeChannel(String name, AbstractShmChannel channel) {
                    called.add("channel " + name);
                    channel.setSendTimeout(7);
                }

                @Override
                public void customizeProducer(String name, ShmMessageProducer producer) {
                    called.add("producer " + name);
                    producer.setAutoStartup(false);
                }

                @Override
                public void customizeHandler(String name, ShmMessageHandler handler) {
                    called.add("handler " + name);
                }
            };
        }

        @Bean
        DirectChannel theirs() {
            return new DirectChannel();
        }
    }

    @Test
    void shouldLetCustomizersChangeEverythingThatIsMade() {
        runner().withUserConfiguration(Customizers.class)
                .withPropertyValues(
                        "shm.channels.orders.segment=desk",
                        "shm.channels.ticks.kind=topic",
                        "shm.channels.in.channel=theirs",
                        "shm.channels.out.channel=theirs",
                        "shm.channels.out.direction=outbound")
                .run(context -> {
                    assertThat(context.getBean(Customizers.class).called)
                            .contains(
                                    "queue orders",
                                    "channel orders",
                                    "topic ticks",
                                    "channel ticks",
                                    "producer in",
                                    "handler out");
                    assertThat(context.getBean(ShmMessageProducer.class).isRunning())
                            .isFalse();
                    assertThat(context.getBean(SharedMemory.class).objects())
                            .filteredOn(object -> object.name().equals("orders"))
                            .allMatch(object -> object.type().contains("single consumer"));
                });
    }

    // ------------------------------------------------------------------------------------------ channels of the
    // application

    @Configuration(proxyBeanMethods = false)
    static class OwnChannels {
        @Bean
        QueueChannel theirs() {
            return new QueueChannel();
        }

        @Bean
        DirectChannel others() {
            return new DirectChannel();
        }
    }

    @Test
    void shouldWireAChannelOfTheApplicationToAQueue() {
        runner().withUserConfiguration(OwnChannels.class)
                .withPropertyValues(
                        "shm.channels.in.name=orders",
                        "shm.channels.in.channel=theirs",
                        "shm.channels.out.name=orders",
                        "shm.channels.out.channel=others",
                        "shm.channels.out.direction=outbound")
                .run(context -> {
                    assertThat(context)
                            .doesNotHaveBean("in")
                            .doesNotHaveBean("out")
                            .hasBean("in.adapter")
                            .hasBean("out.handler");
                    send(context.getBean("others", MessageChannel.class), "a");
                    Message<?> message = context.getBean(QueueChannel.class).receive(Watchdog.TIMEOUT.toMillis());
                    assertThat(message.getPayload()).isEqualTo("a");
                    assertThat(message.getHeaders()).containsEntry(ShmHeaders.NAME, "orders");
                });
    }

    @Test
    void shouldWireAChannelOfTheSameNameAsTheEntry() {
        runner().withUserConfiguration(OwnChannels.class)
                .withPropertyValues("shm.channels.theirs.channel=theirs", "shm.channels.orders.name=theirs")
                .run(context -> {
                    send(context.getBean("orders", MessageChannel.class), "a");
                    assertThat(context.getBean(QueueChannel.class).receive(Watchdog.TIMEOUT.toMillis()))
                            .isNotNull();
                });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnSegment {
        @Bean
        SharedMemory hall(Environment environment) {
            return SharedMemory.named("hall")
                    .directory(Path.of(environment.getRequiredProperty("shm.directory")))
                    .openOrCreate();
        }
    }

    @Test
    void shouldPutAChannelIntoASegmentOfTheApplication() {
        runner().withUserConfiguration(OwnSegment.class)
                .withPropertyValues("shm.channels.orders.segment=hall")
                .run(context -> assertThat(
                                context.getBean("hall", SharedMemory.class).objects())
                        .extracting("name")
                        .containsExactly("orders"));
    }

    // ------------------------------------------------------------------------------------------ lives

    @Configuration(proxyBeanMethods = false)
    static class Listener {
        final BlockingQueue<Object> handled = new LinkedBlockingQueue<>();

        @ServiceActivator(inputChannel = "orders")
        void handle(Object payload) {
            handled.add(payload);
        }
    }

    @Test
    void shouldReceiveAgainAfterAStopAndAStart() {
        orders().withUserConfiguration(Listener.class).run(context -> {
            MessageChannel channel = context.getBean("orders", MessageChannel.class);
            BlockingQueue<Object> handled = context.getBean(Listener.class).handled;
            send(channel, 1);
            assertThat(Watchdog.take(handled)).isEqualTo(1);
            context.stop();
            assertThat(context.getBean(SubscribableShmChannel.class).isReceiving())
                    .isFalse();
            context.start();
            send(channel, 2);
            assertThat(Watchdog.take(handled)).isEqualTo(2);
        });
    }

    @Test
    void shouldReceiveAgainAfterThePauseThatTheTestFrameworkMakes() {
        orders().withUserConfiguration(Listener.class).run(context -> {
            var application = context.getSourceApplicationContext(AbstractApplicationContext.class);
            application.pause();
            assertThat(context.getBean(SubscribableShmChannel.class).isReceiving())
                    .isFalse();
            application.restart();
            send(context.getBean("orders", MessageChannel.class), 2);
            assertThat(Watchdog.take(context.getBean(Listener.class).handled)).isEqualTo(2);
        });
    }

    /** The framework starts an endpoint with the application, or not at all: who handles messages must not be lazy. */
    @Lazy(false)
    @Configuration(proxyBeanMethods = false)
    static class EagerListener extends Listener {}

    @Test
    void shouldReceiveWhereBeansAreLazy() {
        orders().withUserConfiguration(EagerListener.class)
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> {
                    BlockingQueue<Object> handled = context.getBean(EagerListener.class).handled;
                    send(context.getBean("orders", MessageChannel.class), 2);
                    assertThat(Watchdog.take(handled)).isEqualTo(2);
                });
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void shouldReceiveOnVirtualThreadsIfTheApplicationHasThem() {
        orders().withPropertyValues("spring.threads.virtual.enabled=true").run(context -> {
            BlockingQueue<String> threads = new LinkedBlockingQueue<>();
            context.getBean(SubscribableShmChannel.class)
                    .subscribe(message -> threads.add(Thread.currentThread().toString()));
            send(context.getBean("orders", MessageChannel.class), 1);
            assertThat(Watchdog.take(threads)).startsWith("VirtualThread").contains("orders-");
        });
    }

    @Test
    void shouldCloseSegmentsAfterTheChannelsThatStandOnThem() {
        List<String> gone = new CopyOnWriteArrayList<>();
        orders().withPropertyValues("shm.channels.ticks.kind=topic")
                .withBean(DestructionAwareBeanPostProcessor.class, () -> (bean, name) -> {
                    if (List.of("orders", "ticks", "desk").contains(name)) {
                        gone.add(name);
                    }
                })
                .run(context -> assertThat(gone).isEmpty());
        assertThat(gone).hasSize(3).last().isEqualTo("desk");
    }

    @Test
    void shouldFinishWhatIsBeingHandledBeforeTheSegmentIsClosed() {
        BlockingQueue<String> begun = new LinkedBlockingQueue<>();
        MessageHandler slow = message -> {
            begun.add("begun");
            sleep();
        };
        ApplicationContextRunner both = orders();
        both.run(stays -> {
            both.run(goes -> {
                goes.getBean(SubscribableShmChannel.class).subscribe(slow);
                send(stays.getBean("orders", MessageChannel.class), "a");
                Watchdog.take(begun);
            });
            // It was acknowledged: nobody gets it again.
            stays.getBean(SubscribableShmChannel.class).subscribe(received::add);
            send(stays.getBean("orders", MessageChannel.class), "b");
            assertThat(Watchdog.take(received).getPayload()).isEqualTo("b");
        });
    }

    private static void sleep() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
