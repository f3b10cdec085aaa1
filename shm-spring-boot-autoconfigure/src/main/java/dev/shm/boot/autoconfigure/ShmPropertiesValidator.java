package dev.shm.boot.autoconfigure;

import dev.shm.boot.autoconfigure.ShmProperties.Channel;
import dev.shm.boot.autoconfigure.ShmProperties.Segment;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/** Checks what can be checked by looking at the configuration alone, and names the key of what is wrong. */
final class ShmPropertiesValidator {

    private static final Set<String> RESERVED = Set.of("errorChannel", "nullChannel");

    private final ShmProperties properties;

    ShmPropertiesValidator(ShmProperties properties) {
        this.properties = properties;
    }

    void validate() {
        if (properties.directory() != null && properties.directory().isBlank()) {
            throw invalid("shm.directory", properties.directory(), "Name a directory, or leave the key out.");
        }
        properties.segments().forEach((name, segment) -> new SegmentValidator(name, segment).validate());
        properties.channels().forEach(this::validate);
        validateSharing();
    }

    private void validate(String name, Channel channel) {
        String key = ShmProperties.channelKey(name);
        if (RESERVED.contains(name)) {
            throw invalid(
                    key, "", "Spring Integration has a channel of that name in every process. Choose another one.");
        }
        if (channel.channel() == null && properties.segments().containsKey(name)) {
            throw invalid(
                    key,
                    "",
                    "'" + ShmProperties.segmentKey(name)
                            + "' is a bean of that name already. Give the channel or the segment another name.");
        }
        validateSegment(name, channel);
        new ChannelValidator(name, channel).validate();
        validateRoom(name, channel);
    }

    /** Whether one that is named is there is seen later: it may be a bean of the application. */
    private void validateSegment(String name, Channel channel) {
        if (channel.segment() != null) {
            return;
        }
        String key = ShmProperties.channelKey(name) + ".segment";
        Set<String> names = properties.segments().keySet();
        if (names.isEmpty()) {
            throw invalid(
                    key,
                    "",
                    "A channel lives in a segment, and none is configured. Add one, such as 'shm.segments.desk.size: 64MB'; every"
                            + " process that names it so shares it.");
        }
        if (names.size() > 1) {
            throw invalid(
                    key, "", "There are several segments: say which of them it is, " + String.join(", ", names) + ".");
        }
    }

    private void validateRoom(String name, Channel channel) {
        String segmentName = segmentOf(channel);
        Segment segment = properties.segments().get(segmentName);
        DataSize size = segment == null ? null : segment.size();
        long rings = channel.capacity().toBytes() * channel.priorities();
        if (size != null && rings >= size.toBytes()) {
            throw invalid(
                    ShmProperties.channelKey(name) + ".capacity",
                    channel.capacity(),
                    "That does not fit into segment '" + segmentName + "', which has " + size
                            + ". Raise '" + ShmProperties.segmentKey(String.valueOf(segmentName))
                            + ".size', or lower this.");
        }
    }

    private @Nullable String segmentOf(Channel channel) {
        return channel.segment() != null
                ? channel.segment()
                : properties.segments().keySet().iterator().next();
    }

    /** Several channels may stand on one queue or topic, if they agree on what it is. */
    private void validateSharing() {
        Map<String, Map.Entry<String, Channel>> first = new HashMap<>();
        properties.channels().forEach((name, channel) -> {
            String place = segmentOf(channel) + "/" + channel.nameOr(name);
            Map.Entry<String, Channel> other = first.putIfAbsent(place, Map.entry(name, channel));
            if (other != null && other.getValue().kind() != channel.kind()) {
                throw invalid(
                        ShmProperties.channelKey(name) + ".kind",
                        channel.kind(),
                        "'" + ShmProperties.channelKey(other.getKey()) + "' is "
                                + ChannelValidator.text(other.getValue().kind())
                                + " and has the same name '" + channel.nameOr(name)
                                + "' in the same segment. Make both of one kind, or give one another name.");
            }
        });
    }

    static InvalidConfigurationPropertyValueException invalid(String key, @Nullable Object value, String reason) {
        return new InvalidConfigurationPropertyValueException(key, value, reason);
    }
}
