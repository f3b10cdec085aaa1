package dev.shm.integration.support;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;

/**
 * What is done by reflection here, for ahead-of-time processing: messages are serialised by message stores, and components are called by
 * the control bus and from expressions. Payload types are the application's: {@link #registerPayload}.
 */
public final class ShmRuntimeHints implements RuntimeHintsRegistrar {

    private static final String[] CALLED_BY_NAME = {
        "dev.shm.integration.channel.SubscribableShmChannel",
        "dev.shm.integration.channel.PublishSubscribeShmChannel",
        "dev.shm.integration.channel.PollableShmChannel",
        "dev.shm.integration.inbound.ShmMessageProducer",
        "dev.shm.integration.inbound.ShmMessageSource",
        "dev.shm.integration.inbound.ShmInboundGateway",
        "dev.shm.integration.outbound.ShmMessageHandler",
        "dev.shm.integration.outbound.ShmOutboundGateway",
        "dev.shm.integration.lock.ShmLockRegistry",
        "dev.shm.integration.metadata.ShmMetadataStore",
        "dev.shm.integration.store.ShmMessageGroupStore",
        "dev.shm.integration.support.ShmDelivery"
    };

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        for (String name : CALLED_BY_NAME) {
            hints.reflection().registerType(TypeReference.of(name), MemberCategory.INVOKE_PUBLIC_METHODS);
        }
        hints.reflection().registerJavaSerialization(ShmMessageHeaders.class);
    }

    /** Registers a type of payloads, and what its fields declare, for the codecs {@code kryo} and {@code json}. */
    public static void registerPayload(RuntimeHints hints, Type payload) {
        new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(), payload);
    }
}
