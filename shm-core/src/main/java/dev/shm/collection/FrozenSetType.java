package dev.shm.collection;

import dev.shm.SharedType;
import dev.shm.heap.Heap;
import dev.shm.heap.ObjectHandle;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@link dev.shm.SharedMemory#create} and {@link dev.shm.SharedMemory#open} need to know of a frozen set. Immutable: every method returns
 * another. The type of the elements must be the same for all who open it; who asks for another gets {@link
 * dev.shm.error.ObjectTypeMismatchException}.
 *
 * @param <E> the elements
 */
public final class FrozenSetType<E> extends SharedType<FrozenSet<E>> {

    private final Element<E> elements;
    private final @Nullable Collection<? extends E> content;

    private FrozenSetType(Element<E> elements, @Nullable Collection<? extends E> content) {
        super(FrozenKind.SET, "frozen set of " + elements.name());
        this.elements = elements;
        this.content = content;
    }

    static <E> FrozenSetType<E> of(Element<E> elements) {
        return new FrozenSetType<>(elements.forKeys(), null);
    }

    /**
     * What will be in the set, in the order in which it is iterated, if this process creates it. It is looked at when the set is created, in the
     * thread that creates it, and must not change meanwhile.
     */
    public FrozenSetType<E> holding(Collection<? extends E> content) {
        return new FrozenSetType<>(elements, Objects.requireNonNull(content));
    }

    @Override
    protected long allocate(Heap heap) {
        if (content == null) {
            throw FrozenKind.noContent(this);
        }
        // What comes again takes no room; arrays that are the same are found by their bytes only, which lie there then.
        Collection<? extends E> once = content instanceof Set ? content : new LinkedHashSet<E>(content);
        FrozenDraft draft = new FrozenDraft("a frozen set", MapLayout.SET_ENTRY_BYTES, once.size(), heap);
        for (E element : once) {
            draft.add(
                    elements, Objects.requireNonNull(element, "an element of a frozen set cannot be null"), null, null);
        }
        return draft.write(FrozenKind.SET.code());
    }

    @Override
    protected FrozenSet<E> open(ObjectHandle handle) {
        return new FrozenSet<>(handle, elements);
    }
}
