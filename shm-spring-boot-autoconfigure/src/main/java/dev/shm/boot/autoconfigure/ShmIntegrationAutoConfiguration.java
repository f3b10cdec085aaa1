package dev.shm.boot.autoconfigure;

import dev.shm.SharedMemory;
import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.integration.channel.SubscribableShmChannel;
import dev.shm.integration.support.ShmMessageMapper;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.integration.config.ConsumerEndpointFactoryBean;

/**
 * Auto-configuration of channels: a message channel of Spring Integration for each entry under {@code shm.channels}. Stands back where
 * Spring Integration, or {@code shm-spring-integration}, is absent.
 */
@AutoConfiguration(
        after = ShmAutoConfiguration.class,
        afterName = "org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration")
@ConditionalOnClass({SubscribableShmChannel.class, ConsumerEndpointFactoryBean.class})
@Import(ShmChannelRegistrar.class)
public final class ShmIntegrationAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ShmMessageMapper shmMessageMapper() {
        return ShmMessageMapper.defaults();
    }

    @Bean
    static ChannelBeansCheck shmChannelBeansCheck(Environment environment) {
        return new ChannelBeansCheck(environment);
    }

    @Bean
    static DeadLetterTargetsCheck shmDeadLetterTargetsCheck(
            Environment environment, ConfigurableListableBeanFactory beans) {
        return new DeadLetterTargetsCheck(environment, beans);
    }

    @Bean
    static ChannelFactory shmChannelFactory(
            ConfigurableListableBeanFactory beans,
            Environment environment,
            ShmSegments segments,
            ShmMessageMapper mapper,
            ObjectProvider<ShmChannelCustomizer> customizers) {
        List<ShmChannelCustomizer> all = customizers.orderedStream().toList();
        return new ChannelFactory(
                new DestinationFactory(segmentsOf(beans, segments), new PayloadCodecResolver(beans), mapper, all),
                Threading.VIRTUAL.isActive(environment),
                all);
    }

    private static BiFunction<String, Channel, Supplier<SharedMemory>> segmentsOf(
            ConfigurableBeanFactory beans, ShmSegments segments) {
        return (name, channel) -> {
            String segment = channel.segment() != null
                    ? channel.segment()
                    : segments.names().iterator().next();
            // Made before the channel, and so closed after it.
            SharedMemory bean = beans.getBean(segment, SharedMemory.class);
            return segments.names().contains(segment) ? segments.supplier(segment) : () -> bean;
        };
    }
}
