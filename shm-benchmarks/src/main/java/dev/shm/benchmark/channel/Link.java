package dev.shm.benchmark.channel;

import dev.shm.SharedMemory;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.support.ShmDestination;
import dev.shm.integration.support.ShmMessageMapper;
import dev.shm.queue.QueueType;
import dev.shm.queue.SharedQueue;
import dev.shm.queue.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.serializer.DefaultDeserializer;
import org.springframework.core.serializer.DefaultSerializer;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.config.EnableIntegration;
import org.springframework.integration.config.EnableIntegrationManagement;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.ip.tcp.connection.AbstractConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpMessageMapper;
import org.springframework.integration.ip.tcp.connection.TcpNetClientConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpNetServerConnectionFactory;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.integration.ip.tcp.outbound.TcpSendingMessageHandler;
import org.springframework.integration.ip.tcp.serializer.ByteArrayLengthHeaderSerializer;
import org.springframework.integration.support.json.EmbeddedHeadersJsonMessageMapper;
import org.springframework.integration.support.json.JacksonMessagingUtils;
import org.springframework.integration.zeromq.inbound.ZeroMqMessageProducer;
import org.springframework.integration.zeromq.outbound.ZeroMqMessageHandler;
import org.springframework.messaging.Message;
import org.zeromq.SocketType;
import org.zeromq.ZContext;

/** A way from the channel {@link Desk#CHANNEL} of one application to the one of the same name in another. */
enum Link {
    /** Ours as it is if nothing is said: any number of processes at both ends. */
    SHM("shm"),
    SHM_SPINNING("shm-spinning"),
    /** For one process at either end. */
    SHM_SINGLE("shm-single"),
    SHM_SINGLE_SPINNING("shm-single-spinning"),
    /** Without leaving the process: what no other way can be faster than. */
    DIRECT("direct"),
    /** Adapters at both ends of a socket, which is faster than the framework's channel with its proxy between. */
    ZEROMQ("zeromq"),
    /** Adapters at both ends of a connection. Headers stay behind. */
    TCP("tcp"),
    /** The same; headers travel as JSON, and so do records. */
    TCP_HEADERS("tcp-with-headers");

    /** Which port, where one is needed. */
    static final String PORT = "shm.benchmark.port";

    private static final int MOST_BYTES = 1 << 20;
    private static final String HOST = "127.0.0.1";

    /** Instead of a second, which is the default. Whether a shorter one is better has not been measured. */
    private static final Duration CONSUME_DELAY = Duration.ofMillis(1);

    final String words;

    Link(String words) {
        this.words = words;
    }

    static Link named(String words) {
        return Arrays.stream(values())
                .filter(link -> link.words.equals(words))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no way '" + words + "'"));
    }

    boolean isOurs() {
        return words.startsWith("shm");
    }

    boolean isInProcess() {
        return this == DIRECT;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableIntegration
    @EnableIntegrationManagement(defaultLoggingEnabled = "false")
    static class Management {}

    void register(
            AnnotationConfigApplicationContext context, Path directory, Load load, boolean sends, boolean receives) {
        context.register(Management.class);
        if (isOurs()) {
            context.registerBean(
                    SharedMemory.class,
                    () -> SharedMemory.named("benchmark")
                            .directory(directory)
                            .size(64L << 20)
                            .openOrCreate());
            context.registerBean(
                    Desk.CHANNEL,
                    SubscribableShmChannel.class,
                    () -> new SubscribableShmChannel(
                            ShmDestination.queue(context.getBean(SharedMemory.class), "orders", type(load))));
            return;
        }
        context.registerBean(Desk.CHANNEL, DirectChannel.class, () -> new DirectChannel());
        if (isInProcess()) {
            return;
        }
        int port = Integer.getInteger(PORT);
        if (this == ZEROMQ) {
            context.registerBean(ZContext.class, () -> new ZContext());
            if (sends) {
                // A bean, since its endpoint does not start it: the context does.
                context.registerBean(
                        ZeroMqMessageHandler.class, () -> zeroMqSender(context.getBean(ZContext.class), port, load));
                context.registerBean(
                        "out",
                        IntegrationFlow.class,
                        () -> flow ->
                                flow.channel(Desk.CHANNEL).handleReactive(context.getBean(ZeroMqMessageHandler.class)));
            }
            if (receives) {
                context.registerBean(
                        ZeroMqMessageProducer.class, () -> zeroMqReceiver(context.getBean(ZContext.class), port, load));
            }
            return;
        }
        if (sends) {
            TcpNetClientConnectionFactory client = new TcpNetClientConnectionFactory(HOST, port);
            context.registerBean(TcpNetClientConnectionFactory.class, () -> tcp(client, load));
            context.registerBean("out", IntegrationFlow.class, () -> flow -> {
                TcpSendingMessageHandler handler = new TcpSendingMessageHandler();
                handler.setConnectionFactory(context.getBean(TcpNetClientConnectionFactory.class));
                flow.channel(Desk.CHANNEL).handle(handler);
            });
        }
        if (receives) {
            TcpNetServerConnectionFactory server = new TcpNetServerConnectionFactory(port);
            context.registerBean(TcpNetServerConnectionFactory.class, () -> tcp(server, load));
            context.registerBean(TcpReceivingChannelAdapter.class, () -> {
                TcpReceivingChannelAdapter adapter = new TcpReceivingChannelAdapter();
                adapter.setConnectionFactory(context.getBean(TcpNetServerConnectionFactory.class));
                adapter.setOutputChannelName(Desk.CHANNEL);
                return adapter;
            });
        }
    }

    private QueueType<Message<?>> type(Load load) {
        QueueType<Message<?>> type = SharedQueue.of(ShmMessageMapper.defaults().codec(load.type()));
        return switch (this) {
            case SHM_SPINNING -> type.waiting(Waiting.SPIN);
            case SHM_SINGLE -> type.singleProducer();
            case SHM_SINGLE_SPINNING -> type.singleProducer().waiting(Waiting.SPIN);
            default -> type;
        };
    }

    /** How headers travel over what has none: bytes as they are behind them, all else as JSON. */
    private static EmbeddedHeadersJsonMessageMapper mapper(Load load) {
        EmbeddedHeadersJsonMessageMapper mapper = new EmbeddedHeadersJsonMessageMapper(
                JacksonMessagingUtils.messagingAwareMapper(Link.class.getPackageName()));
        mapper.setRawBytes(load != Load.RECORD);
        return mapper;
    }

    private static ZeroMqMessageHandler zeroMqSender(ZContext context, int port, Load load) {
        ZeroMqMessageHandler handler = new ZeroMqMessageHandler(context, "tcp://" + HOST + ":" + port, SocketType.PUSH);
        handler.setMessageMapper(mapper(load));
        return handler;
    }

    private static ZeroMqMessageProducer zeroMqReceiver(ZContext context, int port, Load load) {
        ZeroMqMessageProducer producer = new ZeroMqMessageProducer(context, SocketType.PULL);
        producer.setBindPort(port);
        producer.setConsumeDelay(CONSUME_DELAY);
        producer.setMessageMapper(mapper(load));
        producer.setOutputChannelName(Desk.CHANNEL);
        return producer;
    }

    private <T extends AbstractConnectionFactory> T tcp(T factory, Load load) {
        TcpMessageMapper mapper = new TcpMessageMapper();
        if (this == TCP_HEADERS) {
            mapper.setBytesMessageMapper(mapper(load));
        }
        if (this == TCP && load == Load.RECORD) {
            mapper.setStringToBytes(false);
            factory.setSerializer(new DefaultSerializer());
            factory.setDeserializer(new DefaultDeserializer(Link.class.getClassLoader()));
        } else {
            ByteArrayLengthHeaderSerializer lengths = new ByteArrayLengthHeaderSerializer();
            lengths.setMaxMessageSize(MOST_BYTES);
            factory.setSerializer(lengths);
            factory.setDeserializer(lengths);
        }
        factory.setMapper(mapper);
        factory.setSoTcpNoDelay(true);
        return factory;
    }
}
