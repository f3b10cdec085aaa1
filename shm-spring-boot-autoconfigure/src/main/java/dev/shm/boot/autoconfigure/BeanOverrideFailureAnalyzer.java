package dev.shm.boot.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionOverrideException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says it before Boot's own does, which would advise to allow that one bean replaces the other. */
@Order(Ordered.HIGHEST_PRECEDENCE + 100)
final class BeanOverrideFailureAnalyzer extends AbstractFailureAnalyzer<BeanDefinitionOverrideException> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, BeanDefinitionOverrideException clash) {
        String key = BeanNames.key(clash.getBeanDefinition());
        BeanDefinition other = clash.getExistingDefinition();
        if (key == null) {
            key = BeanNames.key(other);
            other = clash.getBeanDefinition();
        }
        if (key == null) {
            return null;
        }
        return BeanNameClashFailureAnalyzer.analysis(key, clash.getBeanName(), BeanNames.where(other), clash);
    }
}
