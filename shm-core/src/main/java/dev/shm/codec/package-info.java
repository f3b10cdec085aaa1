/**
 * How values become bytes in shared memory and values again: {@link dev.shm.codec.Codec}, and the ones that come with the
 * library in {@link dev.shm.codec.Codecs}.
 *
 * <p>Every codec may be used by any number of threads at once. It writes straight into the claimed bytes and reads straight
 * from them, keeps no reference to either, and does not trust what it reads: a damaged message is a {@link
 * dev.shm.error.CodecException}, not a value that is almost right, an exhausted heap, or a thread that never returns.
 */
@NullMarked
package dev.shm.codec;

import org.jspecify.annotations.NullMarked;
