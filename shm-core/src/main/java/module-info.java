/** Shared memory for JVM processes on one host. */
module dev.shm {
    requires hash4j;
    requires com.esotericsoftware.kryo;
    // For Objenesis, which has no descriptor to ask for it.
    requires jdk.unsupported;
    requires org.agrona;
    requires org.objenesis;
    requires static org.jspecify;

    exports dev.shm;
    exports dev.shm.codec;
    exports dev.shm.collection;
    exports dev.shm.error;
    exports dev.shm.queue;
    exports dev.shm.value;

    uses dev.shm.LiveValues;
    uses dev.shm.SharedGraphs;
    uses dev.shm.heap.ObjectKind.Provider;

    provides dev.shm.LiveValues with
            dev.shm.value.GraphValues;
    provides dev.shm.SharedGraphs with
            dev.shm.collection.Graphs;
    provides dev.shm.heap.ObjectKind.Provider with
            dev.shm.collection.CollectionKinds,
            dev.shm.queue.QueueKinds,
            dev.shm.value.ValueKinds;
}
