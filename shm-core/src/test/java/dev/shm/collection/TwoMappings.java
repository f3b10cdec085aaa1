package dev.shm.collection;

import dev.shm.SharedMemory;
import dev.shm.testing.TestDirectory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One segment that this process has attached twice: two mappings and two slots, as if there were two processes. */
final class TwoMappings implements BeforeEachCallback, AfterEachCallback {

    private final TestDirectory directory = new TestDirectory();
    private final long size;
    private SharedMemory mine;
    private SharedMemory theirs;

    TwoMappings() {
        this(32 << 20);
    }

    TwoMappings(long size) {
        this.size = size;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        directory.beforeEach(context);
        mine = attach("mine");
        theirs = attach("theirs");
    }

    /** One more, which the caller closes. */
    SharedMemory attach(String application) {
        return SharedMemory.named("collections")
                .directory(directory.path())
                .size(size)
                .application(application)
                .openOrCreate();
    }

    SharedMemory mine() {
        return mine;
    }

    SharedMemory theirs() {
        return theirs;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        try {
            theirs.close();
            mine.close();
        } finally {
            directory.afterEach(context);
        }
    }
}
