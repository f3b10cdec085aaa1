package dev.shm.boot.autoconfigure;

import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.codec.Codec;
import dev.shm.integration.support.PayloadCodecs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;

/** Looks, before any bean is made, whether what channels name is there: segments, codecs and classes. */
final class ChannelBeansCheck implements BeanFactoryPostProcessor {

    private final Environment environment;

    ChannelBeansCheck(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        ShmProperties properties = ShmPropertiesReader.read(environment);
        PayloadTypes types = new PayloadTypes(beans.getBeanClassLoader());
        properties.channels().forEach((name, channel) -> {
            ShmChannelRegistrar.beans(name, channel)
                    .forEach(bean -> BeanNames.check(beans, bean, ShmProperties.channelKey(name)));
            checkSegment(beans, properties.segments().keySet(), name, channel.segment());
            checkCodec(beans, name, channel);
            types.payload(name, channel);
            types.registered(name, channel);
        });
    }

    private static void checkSegment(
            ConfigurableListableBeanFactory beans, Set<String> configured, String name, @Nullable String segment) {
        if (segment == null || configured.contains(segment) || isA(beans, segment, SharedMemory.class)) {
            return;
        }
        List<String> known = new ArrayList<>(configured);
        known.addAll(List.of(beans.getBeanNamesForType(SharedMemory.class, true, false)));
        throw new InvalidConfigurationPropertyValueException(
                ShmProperties.channelKey(name) + ".segment",
                segment,
                "There is no such segment. " + meant(segment, known) + "Configure it as '"
                        + ShmProperties.segmentKey(segment) + ".size: 64MB', say, or name another.");
    }

    private static void checkCodec(ConfigurableListableBeanFactory beans, String name, Channel channel) {
        String codec = channel.codec();
        if (PayloadCodecs.names().contains(codec) || isA(beans, codec, Codec.class)) {
            return;
        }
        Set<String> known = new TreeSet<>(PayloadCodecs.names());
        known.addAll(List.of(beans.getBeanNamesForType(Codec.class, true, false)));
        throw new InvalidConfigurationPropertyValueException(
                ShmProperties.channelKey(name) + ".codec",
                codec,
                "There is no such codec. " + meant(codec, known) + "There are " + String.join(", ", known)
                        + "; for one of your own, add a bean of type dev.shm.codec.Codec and write its name.");
    }

    private static String meant(String written, Collection<String> known) {
        String meant = Nearest.of(written, known);
        return meant == null ? "" : "Did you mean '" + meant + "'? ";
    }

    private static boolean isA(ConfigurableListableBeanFactory beans, String name, Class<?> type) {
        return beans.containsBean(name) && beans.isTypeMatch(name, type);
    }
}
