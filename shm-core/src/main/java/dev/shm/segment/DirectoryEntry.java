package dev.shm.segment;

/**
 * A copy of one entry of the directory of names.
 *
 * @param index which entry
 * @param word its state word when it was copied
 * @param reference reference to the root block
 * @param schema hash of what the object's bytes depend on
 * @param kind which kind of object
 * @param name name
 * @param type description of the type for people
 * @param createdMillis wall-clock time of creation
 * @param openers how many processes have it open
 */
public record DirectoryEntry(
        int index,
        long word,
        long reference,
        long schema,
        int kind,
        String name,
        String type,
        long createdMillis,
        int openers) {

    public boolean isReady() {
        return DirectoryLayout.state(word) == DirectoryLayout.READY;
    }

    public boolean isDestroyed() {
        return DirectoryLayout.state(word) == DirectoryLayout.DESTROYED;
    }
}
