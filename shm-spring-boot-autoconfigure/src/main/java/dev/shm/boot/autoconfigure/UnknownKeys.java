package dev.shm.boot.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Refuses keys under {@code shm} that mean nothing, which are otherwise ignored in silence. The process's own environment is full of
 * what others have put there: directly under {@code shm} it is refused only if it looks like something of ours.
 */
final class UnknownKeys {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of(ShmProperties.PREFIX);
    private static final KnownKeys KNOWN = KnownKeys.of(ShmProperties.class);

    private UnknownKeys() {}

    /**
     * Looks at every source of the environment.
     *
     * @throws InvalidConfigurationPropertyValueException for the first key that means nothing; it says which may have been meant
     */
    static void refuse(Environment environment) {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource iterable) {
                refuse(iterable);
            }
        }
    }

    private static void refuse(IterableConfigurationPropertySource source) {
        boolean foreign = isOfTheProcess(source);
        boolean oneWord = isOfTheSystem(source);
        for (ConfigurationPropertyName name : source) {
            if (!ROOT.isAncestorOf(name)) {
                continue;
            }
            Problem problem = oneWord ? problemOfVariable(name) : problem(name);
            if (problem != null && !(foreign && problem.isForeign())) {
                ConfigurationProperty property = source.getConfigurationProperty(name);
                Object value = property == null ? null : property.getValue();
                throw new InvalidConfigurationPropertyValueException(name.toString(), value, problem.reason());
            }
        }
    }

    private static boolean isOfTheProcess(ConfigurationPropertySource source) {
        return isOfTheSystem(source) || isNamed(source, StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
    }

    private static boolean isOfTheSystem(ConfigurationPropertySource source) {
        return isNamed(source, StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    }

    private static boolean isNamed(ConfigurationPropertySource source, String name) {
        return source.getUnderlyingSource() instanceof PropertySource<?> underlying
                && (underlying.getName().equals(name) || underlying.getName().endsWith("-" + name));
    }

    private static @Nullable Problem problem(ConfigurationPropertyName name) {
        KnownKeys known = KNOWN;
        for (int i = 1; i < name.getNumberOfElements(); i++) {
            String element = name.getElement(i, Form.ORIGINAL);
            if (known.isList() && i == name.getNumberOfElements() - 1 && name.isNumericIndex(i)) {
                return null;
            }
            KnownKeys below = known.below(element);
            if (below == null) {
                return new Problem(name.chop(i), element, known);
            }
            known = below;
        }
        return null;
    }

    /**
     * A variable cannot tell a dash or a dot within a name from one between names: {@code SHM_SEGMENTS_MY_DESK_HASH_SEED} is well if
     * some way to read it is.
     */
    private static @Nullable Problem problemOfVariable(ConfigurationPropertyName name) {
        List<String> words = new ArrayList<>();
        for (int i = 1; i < name.getNumberOfElements(); i++) {
            words.add(name.getElement(i, Form.UNIFORM));
        }
        return canBeRead(KNOWN, words) ? null : problem(name);
    }

    private static boolean canBeRead(KnownKeys known, List<String> words) {
        if (words.isEmpty()) {
            // The name of an entry with nothing behind it is no key.
            return known.isValue();
        }
        if (known.isList() && words.size() == 1) {
            return words.get(0).chars().allMatch(Character::isDigit);
        }
        for (int end = 1; end <= words.size(); end++) {
            KnownKeys below = known.below(String.join("", words.subList(0, end)));
            if (below != null && canBeRead(below, words.subList(end, words.size()))) {
                return true;
            }
        }
        return false;
    }

    /** A name that is not there, and where it is not. */
    private record Problem(ConfigurationPropertyName parent, String written, KnownKeys known) {

        private @Nullable String meant() {
            return Nearest.of(written, known.names());
        }

        /** Whether it may belong to somebody else. */
        boolean isForeign() {
            return parent.equals(ROOT) && meant() == null;
        }

        String reason() {
            String meant = meant();
            if (meant != null) {
                return "There is no such key. Did you mean '" + parent + "." + meant + "'?";
            }
            return known.names().isEmpty()
                    ? "There is no such key: '" + parent + "' has a value, and nothing below it."
                    : "There is no such key. Under '" + parent + "' there are: " + String.join(", ", known.names())
                            + ".";
        }
    }
}
