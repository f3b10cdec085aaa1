package dev.shm.boot.autoconfigure;

import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.codec.Codec;
import dev.shm.integration.support.JsonCodec;
import dev.shm.integration.support.PayloadCodecs;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.util.ClassUtils;
import tools.jackson.databind.json.JsonMapper;

/** Finds the codec of a channel: a bean of that name, or the one that the name stands for. */
final class PayloadCodecResolver {

    private static final boolean JACKSON_PRESENT =
            ClassUtils.isPresent("tools.jackson.databind.json.JsonMapper", PayloadCodecResolver.class.getClassLoader());

    private final ConfigurableBeanFactory beans;
    private final PayloadTypes types;

    PayloadCodecResolver(ConfigurableBeanFactory beans) {
        this.beans = beans;
        this.types = new PayloadTypes(beans.getBeanClassLoader());
    }

    Codec<?> resolve(String name, Channel channel) {
        String codec = channel.codec();
        if (beans.containsBean(codec) && beans.isTypeMatch(codec, Codec.class)) {
            return beans.getBean(codec, Codec.class);
        }
        Class<?> payload = types.payload(name, channel);
        JsonMapper mapper = codec.equals(PayloadCodecs.JSON) && JACKSON_PRESENT ? Json.mapper(beans) : null;
        if (mapper != null) {
            return JsonCodec.of(payload, mapper);
        }
        try {
            return PayloadCodecs.named(codec, payload, types.registered(name, channel));
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw InvalidValues.because(
                    e, ShmProperties.channelKey(name) + ".codec", codec, String.valueOf(e.getMessage()));
        }
    }

    /** Apart, since Jackson may be absent. */
    private static final class Json {

        /** The application's own, with its modules and settings. */
        static @Nullable JsonMapper mapper(ConfigurableBeanFactory beans) {
            return beans.getBeanProvider(JsonMapper.class).getIfUnique();
        }
    }
}
